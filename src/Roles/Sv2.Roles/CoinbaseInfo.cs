namespace Sv2.Roles;

/// <summary>A coinbase transaction without its extranonce, decoded for people.</summary>
public sealed record CoinbaseInfo
{
    /// <summary>nVersion.</summary>
    public required uint Version { get; init; }

    /// <summary>nSequence of the only input.</summary>
    public required uint Sequence { get; init; }

    /// <summary>nLockTime.</summary>
    public required uint LockTime { get; init; }

    /// <summary>Block height that the scriptSig begins with (BIP 34); null where it does not.</summary>
    public long? Height { get; init; }

    /// <summary>What the scriptSig begins with, lower-case hex.</summary>
    public required string ScriptSigPrefix { get; init; }

    /// <summary>Readable text between height and extranonce, such as a pool's signature; empty if there is none.</summary>
    public string Tag { get; init; } = "";

    /// <summary>Sum of the outputs in satoshi, and of what the template leaves to whoever completes it.</summary>
    public required long ValueSats { get; init; }

    /// <summary>Satoshi that the template leaves to the one who adds payout outputs; 0 in a finished coinbase.</summary>
    public long UnassignedSats { get; init; }

    /// <summary>The outputs in their order.</summary>
    public required IReadOnlyList<CoinbaseOutputInfo> Outputs { get; init; }
}

/// <summary>One output of a coinbase.</summary>
public sealed record CoinbaseOutputInfo
{
    /// <summary>Satoshi.</summary>
    public required long ValueSats { get; init; }

    /// <summary>The output script, lower-case hex.</summary>
    public required string Script { get; init; }

    /// <summary><c>p2wpkh</c>, <c>p2wsh</c>, <c>p2tr</c>, <c>p2pkh</c>, <c>p2sh</c>, <c>witness-commitment</c>, <c>op-return</c> or <c>other</c>.</summary>
    public required string Type { get; init; }

    /// <summary>The address that is paid; null where the script has none, or the network is not known.</summary>
    public string? Address { get; init; }
}
