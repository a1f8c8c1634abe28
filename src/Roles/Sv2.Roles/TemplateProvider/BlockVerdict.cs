using Sv2.Protocol;

namespace Sv2.Roles.TemplateProvider;

/// <summary>A whole block, found on one of our templates.</summary>
/// <param name="Hash">Hash of its header, wire order.</param>
/// <param name="Height">Its height.</param>
/// <param name="Data">The block as the network carries it.</param>
public sealed record SolvedBlock(U256 Hash, int Height, ReadOnlyMemory<byte> Data);

/// <summary>What a node said to a block.</summary>
public enum BlockJudgement
{
    /// <summary>It is the new tip.</summary>
    Accepted,

    /// <summary>It was there already.</summary>
    Duplicate,

    /// <summary>It is kept, but another block of as much work came first.</summary>
    SideBranch,

    /// <summary>It breaks a rule.</summary>
    Rejected,

    /// <summary>No node could be asked yet: it is on disk and is given to one as soon as that can be reached.</summary>
    Waiting,
}

/// <summary>A node's judgement of a block.</summary>
/// <param name="Judgement">The judgement.</param>
/// <param name="Code">Short reason in Bitcoin Core's words, such as <c>high-hash</c>; empty when accepted.</param>
/// <param name="Message">The same with the figures, for people; empty when accepted.</param>
public sealed record BlockVerdict(BlockJudgement Judgement, string Code, string Message)
{
    public static BlockVerdict Accepted { get; } = new(BlockJudgement.Accepted, "", "");

    public static BlockVerdict Duplicate { get; } = new(BlockJudgement.Duplicate, "duplicate", "the block is known already");

    public static BlockVerdict SideBranch { get; } = new(BlockJudgement.SideBranch, "inconclusive", "another block of as much work came first");

    public static BlockVerdict Rejected(string code, string message) => new(BlockJudgement.Rejected, code, message);
}
