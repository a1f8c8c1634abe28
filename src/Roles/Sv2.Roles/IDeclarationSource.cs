namespace Sv2.Roles;

/// <summary>A role at one end of the Job Declaration Protocol: the jobs that were declared, and the tokens for them.</summary>
public interface IDeclarationSource
{
    /// <summary>Declarations, the newest first; a bounded number of the decided ones is kept.</summary>
    ValueTask<Page<DeclarationInfo>> ListDeclarationsAsync(ListQuery query, CancellationToken cancellationToken);

    /// <summary>Tokens that can still be used, the newest first.</summary>
    ValueTask<Page<TokenInfo>> ListTokensAsync(ListQuery query, CancellationToken cancellationToken);
}

/// <summary>A job that a miner chose, from its declaration to the pool's word on it.</summary>
public sealed record DeclarationInfo
{
    /// <summary>The role instance; the host fills it in.</summary>
    public string Instance { get; init; } = "";

    /// <summary>Names the declaration in its role.</summary>
    public required long Id { get; init; }

    /// <summary>Whether it came from a client (true: this role is the server) or was sent to a server (false).</summary>
    public required bool IsDownstream { get; init; }

    /// <summary>user_identifier of the token.</summary>
    public required string UserIdentifier { get; init; }

    /// <summary>The peer's address.</summary>
    public required string RemoteAddress { get; init; }

    /// <summary><c>full-template</c>, <c>coinbase-only</c> or <c>solo</c>.</summary>
    public required string Mode { get; init; }

    public required DeclarationState State { get; init; }

    /// <summary>Why it was refused or dropped, in plain words with the protocol's code; null unless it was.</summary>
    public string? Reason { get; init; }

    /// <summary>Height of the block it would make; null where the role cannot know.</summary>
    public long? Height { get; init; }

    /// <summary>Hash of the block that it builds on, display order; null where the role cannot know.</summary>
    public string? PrevHash { get; init; }

    /// <summary>Transactions without the coinbase; null in coinbase-only mode.</summary>
    public int? TransactionCount { get; init; }

    /// <summary>Transactions the server did not know and asked for.</summary>
    public int MissingTransactions { get; init; }

    /// <summary>Satoshis that the coinbase pays to the pool's outputs; null where the role cannot know.</summary>
    public long? PoolValueSats { get; init; }

    /// <summary>Shares that wait for the pool's word (optimistic mining); 0 on a server.</summary>
    public int SharesCached { get; init; }

    /// <summary>When it was made or received.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When its fate was known; null before.</summary>
    public DateTimeOffset? DecidedAt { get; init; }
}

/// <summary>How far a declaration has come.</summary>
public enum DeclarationState
{
    /// <summary>Sent or received; checks go on.</summary>
    Declared,

    /// <summary>The server asked for transactions that it lacks.</summary>
    AwaitingTransactions,

    /// <summary>The server accepted it; the pool has not spoken yet.</summary>
    Accepted,

    /// <summary>The pool acknowledged the custom job.</summary>
    Mining,

    /// <summary>A block was found with it.</summary>
    Solved,

    /// <summary>Refused by the server or by the pool.</summary>
    Refused,

    /// <summary>Given up: the tip changed, a newer job took its place, or the peer went away.</summary>
    Dropped,
}

/// <summary>A mining job token. The token itself is a secret between the peers and is never shown.</summary>
public sealed record TokenInfo
{
    /// <summary>The role instance; the host fills it in.</summary>
    public string Instance { get; init; } = "";

    /// <summary>The first bytes of a hash of the token, lower-case hex: enough to tell tokens apart.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>user_identifier that it was given to.</summary>
    public required string UserIdentifier { get; init; }

    /// <summary>The peer's address.</summary>
    public required string RemoteAddress { get; init; }

    public required DateTimeOffset IssuedAt { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }
}
