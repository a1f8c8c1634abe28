using Sv2.Protocol;
using Sv2.Roles.JobDeclaration;

namespace Sv2.Roles.JobDeclaratorServer;

/// <summary>One declaration on its way from the client's message to the server's word. Guarded by its connection's lock.</summary>
internal sealed class Declaration
{
    public required uint RequestId { get; init; }

    public required ClientTokens.Issued Token { get; init; }

    public required uint Version { get; init; }

    public required DeclaredCoinbase Coinbase { get; init; }

    public required int Height { get; init; }

    /// <summary>The node's best block when the declaration's height was found to be right; zero before.</summary>
    public U256 PrevHash { get; set; }

    public required U256[] Wtxids { get; init; }

    /// <summary>What the list of declarations shows of it.</summary>
    public required DeclarationEntry Entry { get; init; }

    public DeclarationStage Stage { get; set; }

    /// <summary>When the stage has lasted too long.</summary>
    public long Deadline { get; set; }

    /// <summary>The transactions found so far, by position.</summary>
    public KnownTransaction?[] Transactions { get; set; } = [];

    /// <summary>Positions of those that the client was asked for.</summary>
    public ushort[] Missing { get; set; } = [];

    /// <summary>Those that only the client provided, now or for an earlier job, by wtxid.</summary>
    public Dictionary<U256, KnownTransaction> Provided { get; } = [];

    /// <summary>Their bytes, reserved in the server's budget.</summary>
    public long ProvidedBytes { get; set; }

    /// <summary>All of it, once no transaction is missing.</summary>
    public DeclaredTemplate? Template { get; set; }
}

/// <summary>What a declaration waits for.</summary>
internal enum DeclarationStage
{
    /// <summary>For the node to see the block that it builds on.</summary>
    Tip,

    /// <summary>For the client to provide transactions.</summary>
    Transactions,

    /// <summary>For the checks.</summary>
    Checks,
}
