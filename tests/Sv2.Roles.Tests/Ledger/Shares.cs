using Sv2.Roles.Ledger;

namespace Sv2.Roles.Tests.Ledger;

/// <summary>Shares to book.</summary>
internal static class Shares
{
    public const long Noon = 1_790_000_040 - (1_790_000_040 % 60);

    public static ShareEntry Of(string identity, ulong difficulty = 1, long at = Noon, UInt128? work = null, double achieved = 0) => new()
    {
        Name = WorkerName.Parse(identity),
        AcceptedAt = at,
        Difficulty = difficulty,
        Work = work ?? (UInt128)difficulty << 32,
        AchievedDifficulty = achieved,
    };

    public static BlockEntry Block(string hash, long height = 1) => new()
    {
        Hash = hash,
        PrevHash = new string('0', 64),
        Height = height,
        CoinbaseValue = 5_000_000_000,
        NBits = 0x207fffff,
        Finder = "alice.rig",
        Name = WorkerName.Parse("alice.rig"),
        FoundAt = DateTimeOffset.FromUnixTimeSeconds(Noon),
    };
}
