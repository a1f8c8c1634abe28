namespace Sv2.Roles.Pool;

/// <summary>
/// What the pool gets of a custom job's coinbase. Its shares are credited by the same part (6.4.3): a job that pays the pool
/// everything counts in full, one that pays a tenth to somebody else counts nine tenths.
/// </summary>
/// <param name="Payout">Satoshi that the coinbase pays to the pool.</param>
/// <param name="Total">Satoshi of the whole coinbase; at least <paramref name="Payout"/>, and not zero.</param>
internal sealed record CustomJobCredit(ulong Payout, ulong Total)
{
    /// <summary>The work that a share is credited for.</summary>
    public UInt128 Of(UInt128 work) => Payout == Total ? work : work * Payout / Total;
}
