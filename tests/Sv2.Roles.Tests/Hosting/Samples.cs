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

    public static CoinbaseInfo Coinbase() => new()
    {
        Version = 2,
        Sequence = 0xfffffffe,
        LockTime = 11,
        Height = 12,
        ScriptSigPrefix = "5c",
        ValueSats = 5_000_000_000,
        Outputs = [new CoinbaseOutputInfo { ValueSats = 5_000_000_000, Script = "6a", Type = "op-return" }],
    };

    public static JobInfo Job(uint id) => new()
    {
        JobId = id,
        TemplateId = 7,
        IsActive = true,
        IsFuture = false,
        Payout = "pool",
        Version = "20000000",
        CreatedAt = Time,
        Coinbase = Coinbase(),
        MerklePath = [],
    };

    public static DeclarationInfo Declaration(long id) => new()
    {
        Id = id,
        IsDownstream = true,
        UserIdentifier = "ann",
        RemoteAddress = "127.0.0.1:50000",
        Mode = "full-template",
        State = DeclarationState.Mining,
        CreatedAt = Time,
    };

    public static TokenInfo Token(string fingerprint) => new()
    {
        Fingerprint = fingerprint,
        UserIdentifier = "ann",
        RemoteAddress = "127.0.0.1:50000",
        IssuedAt = Time,
        ExpiresAt = Time.AddHours(1),
    };
}
