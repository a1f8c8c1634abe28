namespace Sv2.Bitcoin.Hashing;

/// <summary>How many hashes are computed side by side.</summary>
internal enum LaneWidth
{
    Scalar,
    Vector256,
    Vector512,
}

internal static class LaneWidths
{
    /// <summary>The widest one that this machine has.</summary>
    public static LaneWidth Best { get; } = Lanes512.IsSupported ? LaneWidth.Vector512 : Lanes256.IsSupported ? LaneWidth.Vector256 : LaneWidth.Scalar;

    public static int Count(LaneWidth width) => width switch
    {
        LaneWidth.Vector512 => Lanes512.Count,
        LaneWidth.Vector256 => Lanes256.Count,
        _ => ScalarLanes.Count,
    };
}
