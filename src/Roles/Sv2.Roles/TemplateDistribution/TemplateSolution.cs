using Sv2.Protocol;

namespace Sv2.Roles.TemplateDistribution;

/// <summary>A block found on a template: what SubmitSolution (7.7) carries, and the hash to know it by.</summary>
public sealed record TemplateSolution
{
    /// <summary>The template it was found on.</summary>
    public required ProvidedTemplate Template { get; init; }

    /// <summary>Header version.</summary>
    public required uint Version { get; init; }

    /// <summary>Header nTime.</summary>
    public required uint HeaderTimestamp { get; init; }

    /// <summary>Header nonce.</summary>
    public required uint HeaderNonce { get; init; }

    /// <summary>The full coinbase transaction, with its BIP 141 fields (3.7.3).</summary>
    public required ByteString CoinbaseTx { get; init; }

    /// <summary>Hash of the block's header, wire order.</summary>
    public required U256 BlockHash { get; init; }
}

/// <summary>Where a solution is after <see cref="TemplateClient.SubmitSolution"/>.</summary>
public enum SolutionDelivery
{
    /// <summary>Sent to the provider it belongs to, and on disk until it is known to have arrived.</summary>
    Sent,

    /// <summary>On disk; the provider is not connected, a courier delivers it as soon as it can be reached.</summary>
    Waiting,
}

/// <summary>What became of a solution. The protocol has no answer to SubmitSolution, so only the tip tells.</summary>
public enum SolutionOutcome
{
    /// <summary>The block is the tip: accepted.</summary>
    BecameTip,

    /// <summary>Delivered, and then another block became the tip.</summary>
    Superseded,

    /// <summary>Delivered; no tip change has told more about it in time.</summary>
    Delivered,

    /// <summary>Could not be delivered in its lifetime.</summary>
    GivenUp,
}
