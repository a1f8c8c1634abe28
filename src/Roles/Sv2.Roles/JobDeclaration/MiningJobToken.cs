using Sv2.Protocol;

namespace Sv2.Roles.JobDeclaration;

/// <summary>What a token is good for.</summary>
public enum TokenPurpose : byte
{
    /// <summary>One <c>SetCustomMiningJob</c> in coinbase-only mode (6.3.1).</summary>
    CoinbaseOnly = 1,

    /// <summary>One <c>DeclareMiningJob</c> on the connection that it was given on (6.3.2).</summary>
    Declaration = 2,

    /// <summary>One <c>SetCustomMiningJob</c> of exactly the job that was declared (6.4.5).</summary>
    DeclaredJob = 3,
}

/// <summary>
/// A mining job token. The declarator server signs it, so that a pool which trusts the server's key can judge it without asking
/// anybody, in the same process or on another continent. Used once, for one user, until it expires.
/// </summary>
/// <remarks>
/// On the wire (<see cref="TokenSigner"/>), all numbers little-endian:
/// <code>
/// 1 format │ 1 purpose │ 16 id │ 4 expiry │ 16 user │ … by purpose … │ 64 BIP 340 signature over all before it
/// coinbase-only:  1 count, 16 each: digests of the outputs that the coinbase must have, the payout first
/// declared job:   4 version, 4 coinbase version, 4 nSequence, 4 locktime, 1 + 8 coinbase_prefix, 16 outputs, 16 merkle path
/// </code>
/// </remarks>
public sealed record MiningJobToken
{
    /// <summary>Most bytes that the field has.</summary>
    public const int SizeMax = 255;

    /// <summary>Most outputs that a pool can ask for with tokens of this form.</summary>
    public const int RequiredOutputsMax = 9;

    /// <summary>What it is good for.</summary>
    public required TokenPurpose Purpose { get; init; }

    /// <summary>Random, and never given twice.</summary>
    public required UInt128 Id { get; init; }

    /// <summary>Until when it can be used; whole seconds.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Digest of the account that it was given to (<see cref="TokenDigest.OfUser"/>).</summary>
    public required UInt128 User { get; init; }

    /// <summary>Digests of the output scripts that the coinbase must have, the payout's first; empty unless coinbase-only.</summary>
    public Seq<UInt128> RequiredScripts { get; init; }

    /// <summary>The job that was declared; null unless the purpose is <see cref="TokenPurpose.DeclaredJob"/>.</summary>
    public JobCommitment? Job { get; init; }
}
