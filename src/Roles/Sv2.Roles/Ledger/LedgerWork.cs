namespace Sv2.Roles.Ledger;

/// <summary>Work as the two columns hold it: each can be summed on its own, and the pair is exact.</summary>
internal static class LedgerWork
{
    public static long High(UInt128 work) => (long)UInt128.Min(work >> 32, long.MaxValue);

    public static long Low(UInt128 work) => (long)(uint)work;

    public static UInt128 Join(long high, long low) => ((UInt128)high << 32) + (UInt128)low;
}
