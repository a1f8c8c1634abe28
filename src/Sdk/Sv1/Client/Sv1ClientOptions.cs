namespace Sv1;

/// <summary>Choices and bounds of an <see cref="Sv1ClientSession"/>.</summary>
public sealed record Sv1ClientOptions
{
    /// <summary>The worker's name, usually <c>account.worker</c>.</summary>
    public required string User { get; init; }

    /// <summary>The password; most servers ignore it.</summary>
    public string Password { get; init; } = "x";

    /// <summary>The miner's software.</summary>
    public string UserAgent { get; init; } = "sv2-dotnet";

    /// <summary>The version bits the miner can roll; 0 does not ask for version rolling.</summary>
    public uint VersionMask { get; init; } = Sv1ServerOptions.UsualVersionMask;

    /// <summary>How many version bits the miner needs at least.</summary>
    public int MinVersionBits { get; init; } = 2;

    /// <summary>Whether to tell the server that <c>mining.set_extranonce</c> is understood.</summary>
    public bool TakesExtranonce { get; init; } = true;

    /// <summary>A difficulty to suggest; <see langword="null"/> for none.</summary>
    public double? SuggestedDifficulty { get; init; }

    /// <summary>Shares that may wait for an answer; more are not sent.</summary>
    public int PendingSharesMax { get; init; } = 4096;

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentException">A value is outside its limits.</exception>
    public void Validate()
    {
        ArgumentException.ThrowIfNullOrEmpty(User);
        ArgumentOutOfRangeException.ThrowIfLessThan(PendingSharesMax, 1);
    }
}
