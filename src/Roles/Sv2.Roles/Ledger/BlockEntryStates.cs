namespace Sv2.Roles.Ledger;

/// <summary>The words by which the states of a block are stored and exported.</summary>
internal static class BlockEntryStates
{
    public static string Text(BlockEntryState state) => state switch
    {
        BlockEntryState.Found => "found",
        BlockEntryState.Submitted => "submitted",
        BlockEntryState.Confirmed => "confirmed",
        BlockEntryState.Orphaned => "orphaned",
        BlockEntryState.Rejected => "rejected",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "no such state"),
    };

    public static BlockEntryState Parse(string text) => text switch
    {
        "found" => BlockEntryState.Found,
        "submitted" => BlockEntryState.Submitted,
        "confirmed" => BlockEntryState.Confirmed,
        "orphaned" => BlockEntryState.Orphaned,
        "rejected" => BlockEntryState.Rejected,
        _ => throw new LedgerException(LedgerFailure.Corrupt, $"a block's state is '{text}', which no version of this program wrote"),
    };
}
