using Sv2.Bitcoin;
using Sv2.Mining;
using Sv2.Noise;
using Sv2.Protocol;
using Sv2.Protocol.Mining;
using Sv2.Protocol.TemplateDistribution;
using Sv2.Roles.JobDeclaration;
using Sv2.Roles.Keys;
using Sv2.Roles.Pool;

namespace Sv2.Roles.Tests.Pool;

/// <summary>A pool that takes custom jobs, a miner with an extended channel, and a declarator server's key in the test's hand.</summary>
internal sealed class CustomJobHarness : IAsyncDisposable
{
    private readonly AuthorityKeyPair _key;
    private readonly Func<PoolOptions, PoolOptions> _change;
    private uint _lastRequest;

    private CustomJobHarness(PoolHarness pool, AuthorityKeyPair key, Func<PoolOptions, PoolOptions> change)
    {
        Pool = pool;
        _key = key;
        _change = change;
        Signer = new TokenSigner(key);
    }

    public PoolHarness Pool { get; }

    public TokenSigner Signer { get; }

    public RawMiner Miner { get; private set; } = null!;

    public OpenExtendedMiningChannelSuccess Channel { get; private set; }

    public uint MinNTime { get; private set; }

    public uint NBits { get; private set; }

    public static Script Payout => OutputDescriptor.Parse(PoolHarness.PayoutAddress, Network.Regtest).Script;

    /// <summary>Starts all; the pool trusts <paramref name="key"/>, or by default its own.</summary>
    public static async Task<CustomJobHarness> StartAsync(
        Func<JobDeclarationOptions, JobDeclarationOptions>? change = null, AuthorityKeyPair? key = null, uint nbits = FakeTemplateProvider.HardNBits, double difficulty = 1e-9)
    {
        JobDeclarationOptions options = new() { Enabled = true, TokenKeys = key is null ? [] : [key.PublicKey.ToString()] };
        PoolOptions Change(PoolOptions o) => o with { JobDeclaration = change?.Invoke(options) ?? options, ShareDifficulty = difficulty };
        PoolHarness pool = await PoolHarness.StartAsync(Change, nbits);
        CustomJobHarness harness = new(pool, key ?? AuthorityKeyFile.Load(pool.File(ServerKeys.AuthorityFileName)), Change);
        await harness.ConnectAsync();
        return harness;
    }

    public async Task ConnectAsync(string identity = "alice.farm")
    {
        Miner = await Pool.ConnectAsync(MiningSetupFlags.RequiresWorkSelection);
        Channel = await Miner.OpenExtendedAsync(identity, minExtranonceSize: 8);
        SetNewPrevHashMessage(await Miner.ExpectAsync<Protocol.Mining.SetNewPrevHash>());
    }

    /// <summary>Ends the pool, starts another on the same folder, and connects again.</summary>
    public async Task RestartAsync()
    {
        await Miner.DisposeAsync();
        await Pool.RestartAsync(_change);
        await ConnectAsync();
    }

    /// <summary>The pool moves to another block; the miner has heard of it when it returns.</summary>
    public async Task MoveTipAsync()
    {
        await Pool.MoveTipAsync();
        SetNewPrevHashMessage(await Miner.ExpectAsync<Protocol.Mining.SetNewPrevHash>());
    }

    public NewTemplate Template(int transactions = 2) => new()
    {
        TemplateId = 1,
        FutureTemplate = false,
        Version = 0x20000000,
        CoinbaseTxVersion = 2,
        CoinbasePrefix = CoinbaseRules.HeightPush(Pool.Provider.Height),
        CoinbaseTxInputSequence = 0xfffffffe,
        CoinbaseTxValueRemaining = 5_000_000_000,
        CoinbaseTxOutputsCount = 1,
        CoinbaseTxOutputs = TxOutput.SerializeUnprefixed([WitnessCommitment.Output(U256.Zero)]),
        CoinbaseTxLocktime = Pool.Provider.Height - 1,
        MerklePath = Enumerable.Range(0, transactions).Select(i => U256.FromLimbs((ulong)i + 9)).ToArray(),
    };

    public CustomJob Job(PoolOutputs? outputs = null, params TxOutput[] own)
    {
        Assert.True(CustomJob.TryCreate(Template(), outputs ?? PoolOutputs.Of(Payout), own, Channel.ExtranoncePrefix.Length + Channel.ExtranonceSize, out CustomJob? job, out string? error), error);
        return job;
    }

    /// <summary>A token as the declarator server gives it after a declaration of this job, or (coinbase-only) before any.</summary>
    public ByteString Token(CustomJob? declared = null, Func<MiningJobToken, MiningJobToken>? change = null, PoolOutputs? required = null)
    {
        MiningJobToken token = new()
        {
            Purpose = declared is null ? TokenPurpose.CoinbaseOnly : TokenPurpose.DeclaredJob,
            Id = BitConverter.ToUInt128(System.Security.Cryptography.RandomNumberGenerator.GetBytes(16)),
            ExpiresAt = DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().AddMinutes(5).ToUnixTimeSeconds()),
            User = TokenDigest.OfUser("alice"u8),
            Job = declared is null ? null : JobCommitment.Of(declared.Version, declared.Coinbase, declared.MerklePath.AsSpan()),
            RequiredScripts = declared is null ? (required ?? PoolOutputs.Of(Payout)).Outputs.ToArray().Select(output => TokenDigest.OfScript(output.Script)).ToArray() : default(Seq<UInt128>),
        };
        return Signer.Sign(change?.Invoke(token) ?? token);
    }

    public SetCustomMiningJob Message(CustomJob job, ByteString token) =>
        job.ToSetCustomMiningJob(Channel.ChannelId, ++_lastRequest, token, Pool.Provider.PrevHash, MinNTime, NBits);

    public async Task<SetCustomMiningJobSuccess> AcceptAsync(SetCustomMiningJob message)
    {
        Miner.Send(message);
        return await Miner.ExpectAsync<SetCustomMiningJobSuccess>(answer => answer.RequestId == message.RequestId);
    }

    public async Task<string> RefuseAsync(SetCustomMiningJob message)
    {
        Miner.Send(message);
        return (await Miner.ExpectAsync<SetCustomMiningJobError>(answer => answer.RequestId == message.RequestId)).ErrorCode.ToString();
    }

    /// <summary>The job as a device hashes it.</summary>
    public RawWork Work(CustomJob job, uint jobId)
    {
        ExtendedJob work = job.ToExtendedJob();
        NewExtendedMiningJob message = new()
        {
            ChannelId = Channel.ChannelId,
            JobId = jobId,
            MinNTime = MinNTime,
            Version = work.Version,
            VersionRollingAllowed = true,
            MerklePath = work.MerklePath,
            CoinbaseTxPrefix = work.CoinbasePrefix,
            CoinbaseTxSuffix = work.CoinbaseSuffix,
        };
        return RawMiner.Extended(message, Channel, Pool.Provider.PrevHash, MinNTime, NBits);
    }

    public async ValueTask DisposeAsync()
    {
        await Miner.DisposeAsync();
        await Pool.DisposeAsync();
        _key.Dispose();
    }

    private void SetNewPrevHashMessage(Protocol.Mining.SetNewPrevHash tip) => (MinNTime, NBits) = (tip.MinNTime, tip.NBits);
}
