namespace Sv1;

/// <summary>Choices and bounds of an <see cref="Sv1ServerSession"/>.</summary>
public sealed record Sv1ServerOptions
{
    /// <summary>The version bits that miners usually can roll (BIP 320).</summary>
    public const uint UsualVersionMask = 0x1fff_e000;

    /// <summary>Version bits offered to miners that ask for version rolling; 0 refuses it.</summary>
    public uint VersionMask { get; init; } = UsualVersionMask;

    /// <summary>Whether miners are given powers of two as difficulties.</summary>
    public bool PowerOfTwoDifficulty { get; init; }

    /// <summary>Jobs of the same block that a miner may still submit shares for; older ones end.</summary>
    public int JobsMax { get; init; } = 12;

    /// <summary>Workers that may be authorised on one connection.</summary>
    public int WorkersMax { get; init; } = 64;

    /// <summary>Shares of the present block that are remembered to tell a repeated one; of more the oldest are forgotten.</summary>
    public int SeenSharesMax { get; init; } = 8192;

    /// <summary>Requests refused one after the other, with none granted between, at which the connection is closed.</summary>
    public int RefusalsMax { get; init; } = 500;

    /// <summary>How far nTime of a share may be ahead of the clock: what the network accepts.</summary>
    public TimeSpan NTimeAheadMax { get; init; } = TimeSpan.FromHours(2);

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its limits.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(JobsMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(WorkersMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(SeenSharesMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(RefusalsMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(NTimeAheadMax, TimeSpan.Zero);
    }
}
