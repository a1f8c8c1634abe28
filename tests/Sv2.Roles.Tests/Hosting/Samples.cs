namespace Sv2.Roles.Tests.Hosting;

/// <summary>Records that tests fill lists with.</summary>
public static class Samples
{
    private static readonly DateTimeOffset Time = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public static ChannelInfo Channel(uint id, string user) => new()
    {
        ConnectionId = 1,
        ChannelId = id,
        Kind = "extended",
        IsDownstream = true,
        UserIdentity = user,
        RemoteAddress = "127.0.0.1:50000",
        ExtranoncePrefix = "00000001",
        NominalHashRate = 1e6,
        HashRate = 2e6,
        Difficulty = double.PositiveInfinity,
        SharesAccepted = 5,
        SharesRejected = 1,
        OpenedAt = Time,
    };

    public static BlockInfo Block(long height, BlockState state) => new()
    {
        Hash = height.ToString("x64", System.Globalization.CultureInfo.InvariantCulture),
        Height = height,
        CoinbaseValueSats = 5_000_000_000,
        Time = Time.AddMinutes(height),
        State = state,
    };

    public static WorkerInfo Worker(string name) => new()
    {
        Name = name,
        IsOnline = true,
        Channels = 1,
        HashRate = 3e12,
        SharesAccepted = 10,
        SharesRejected = 2,
        Rejections = new Dictionary<string, long> { ["stale-share"] = 2 },
        BestDifficulty = 123456,
    };

    public static TemplateInfo Template(ulong id) => new()
    {
        TemplateId = id,
        Height = 12,
        PrevHash = new string('0', 64),
        CoinbaseValueSats = 5_000_000_000,
        MerklePathLength = 3,
        NBits = "207fffff",
        Difficulty = 1,
        IsFuture = false,
        CreatedAt = Time,
    };
}
