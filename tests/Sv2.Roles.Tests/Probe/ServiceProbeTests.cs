using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Sv2.Bitcoin;
using Sv2.Noise;
using Sv2.Protocol;
using Sv2.Protocol.Common;
using Sv2.Protocol.JobDeclaration;
using Sv2.Protocol.Mining;
using Sv2.Protocol.TemplateDistribution;
using Sv2.Roles.Probe;
using Sv2.Roles.Tests.MiningDevice;
using Sv2.Roles.Tests.TemplateDistribution;
using Sv2.TestKit;
using Sv2.Transport.Probe;
using Sv2.Transport.Setup;

namespace Sv2.Roles.Tests.Probe;

/// <summary>What `sv2 doctor` asks a server for after the setup, and what it says when something is missing.</summary>
public sealed class ServiceProbeTests : IDisposable
{
    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_working_pool_gives_a_channel_and_a_job_and_the_channel_is_given_back(bool standard)
    {
        await using TestPool pool = await TestPool.StartAsync(_authority);
        await using Sv2Session session = await ConnectAsync(pool.Address, standard ? MiningSetupFlags.RequiresStandardJobs : 0);
        var seen = new List<ProbeStep>();

        IReadOnlyList<ProbeStep> steps = await ServiceProbe.RunAsync(session, new ServiceProbeOptions { UserIdentity = "me", StandardChannel = standard }, onStep: seen.Add);

        Assert.Equal(["channel", "first job"], steps.Select(step => step.Name));
        Assert.All(steps, step => Assert.Equal((ProbeOutcome.Passed, null), (step.Outcome, step.Advice)));
        Assert.Equal(steps, seen);
        Assert.Contains("difficulty", steps[0].Finding, StringComparison.Ordinal);
        Assert.Contains("previous block", steps[1].Finding, StringComparison.Ordinal);
        Assert.Equal(["me"], pool.Opens);
        await pool.UntilAsync(() => pool.ChannelsClosed == 1 && pool.Connections == 0);
    }

    [Fact]
    public async Task A_refused_channel_is_told_with_the_pool_s_words_made_safe()
    {
        await using TestPool pool = await TestPool.StartAsync(_authority);
        pool.RefusesWith = "unknown-user";
        await using Sv2Session session = await ConnectAsync(pool.Address);
        AssertFails(await ServiceProbe.RunAsync(session), "channel", "\"unknown-user\"");
    }

    [Fact]
    public async Task A_pool_without_work_is_found_after_the_patience()
    {
        await using var server = new ScriptedServer();
        Task<Sv2Session> connecting = ConnectAsync(server.ConnectionString);
        await using ScriptedPeer pool = await server.AcceptAsync();
        await using Sv2Session session = await connecting;
        var clock = new ManualTimeProvider();
        var opened = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<IReadOnlyList<ProbeStep>> probing = ServiceProbe.RunAsync(session, clock: clock, onStep: _ => opened.TrySetResult());
        await OpenAsync(pool);
        await opened.Task.WaitAsync(ScriptedPeer.Patience);
        await clock.WaitForTimersAsync().WaitAsync(ScriptedPeer.Patience);
        clock.Advance(TimeSpan.FromSeconds(11));

        AssertFails(await probing, "first job", "no job within 10 s");
        await pool.ExpectAsync<CloseChannel>();
        await pool.ExpectCloseAsync();
    }

    [Fact]
    public async Task A_server_that_hangs_up_or_breaks_the_protocol_is_told_apart()
    {
        await using var server = new ScriptedServer();
        Task<Sv2Session> connecting = ConnectAsync(server.ConnectionString);
        ScriptedPeer pool = await server.AcceptAsync();
        await using (Sv2Session session = await connecting)
        {
            Task<IReadOnlyList<ProbeStep>> probing = ServiceProbe.RunAsync(session);
            await pool.ExpectAsync<OpenExtendedMiningChannel>();
            await pool.DisposeAsync();
            AssertFails(await probing, "channel", "the connection ended before");
        }

        connecting = ConnectAsync(server.ConnectionString);
        await using ScriptedPeer other = await server.AcceptAsync();
        await using (Sv2Session session = await connecting)
        {
            Task<IReadOnlyList<ProbeStep>> probing = ServiceProbe.RunAsync(session);
            await other.ExpectAsync<OpenExtendedMiningChannel>();
            await other.SendFrameAsync(0, OpenMiningChannelError.Info.MessageType, 1, 2);
            AssertFails(await probing, "channel", "OpenMiningChannel.Error");
        }
    }

    [Fact]
    public async Task A_job_whose_time_is_off_and_a_break_of_the_protocol_are_warnings()
    {
        await using var server = new ScriptedServer();
        Task<Sv2Session> connecting = ConnectAsync(server.ConnectionString);
        await using ScriptedPeer pool = await server.AcceptAsync();
        await using Sv2Session session = await connecting;
        Task<IReadOnlyList<ProbeStep>> probing = ServiceProbe.RunAsync(session);
        uint requestId = (await pool.ExpectAsync<OpenExtendedMiningChannel>()).RequestId;
        // Nobody asked for this one.
        await pool.SendAsync(Opened(requestId + 7));
        await pool.SendAsync(Opened(requestId));
        await pool.SendAsync(new NewExtendedMiningJob
        {
            ChannelId = 1,
            JobId = 1,
            MinNTime = null,
            Version = 0x2000_0000,
            VersionRollingAllowed = true,
            MerklePath = [],
            CoinbaseTxPrefix = Halves.StrippedPrefix,
            CoinbaseTxSuffix = Halves.StrippedSuffix,
        });
        uint tomorrow = (uint)TimeProvider.System.GetUtcNow().AddDays(1).ToUnixTimeSeconds();
        await pool.SendAsync(new Sv2.Protocol.Mining.SetNewPrevHash { ChannelId = 1, JobId = 1, PrevHash = U256.FromLimbs(1), MinNTime = tomorrow, NBits = 0x207fffff });

        IReadOnlyList<ProbeStep> steps = await probing;
        Assert.All(steps, step => Assert.Equal(ProbeOutcome.Warning, step.Outcome));
        Assert.Contains("not made", steps[0].Finding, StringComparison.Ordinal);
        Assert.Contains("ahead of this machine's clock", steps[1].Finding, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_template_provider_is_asked_for_a_template_and_its_previous_hash()
    {
        await using var provider = new ScriptedProvider();
        Task<ScriptedPeer> serving = provider.ServeAsync();
        await using Sv2Session session = await Sv2Session.ConnectAsync(provider.ConnectionString, new ClientSetup { Protocol = Subprotocol.TemplateDistribution, Vendor = "doctor" });
        IReadOnlyList<ProbeStep> steps = await ServiceProbe.RunAsync(session);
        await using ScriptedPeer peer = await serving;
        Assert.Equal(["template", "previous hash"], steps.Select(step => step.Name));
        Assert.All(steps, step => Assert.Equal(ProbeOutcome.Passed, step.Outcome));
        Assert.Contains("50 coins", steps[0].Finding, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_declarator_server_is_asked_for_a_token()
    {
        await using var server = new ScriptedServer(Subprotocol.JobDeclaration);
        Task<Sv2Session> connecting = Sv2Session.ConnectAsync(server.ConnectionString, new ClientSetup { Protocol = Subprotocol.JobDeclaration, Vendor = "doctor" });
        await using ScriptedPeer declarator = await server.AcceptAsync();
        await using Sv2Session session = await connecting;
        Task<IReadOnlyList<ProbeStep>> probing = ServiceProbe.RunAsync(session, new ServiceProbeOptions { UserIdentity = "me" });
        AllocateMiningJobToken request = await declarator.ExpectAsync<AllocateMiningJobToken>();
        Assert.Equal("me", request.UserIdentifier.ToString());
        await declarator.SendAsync(new AllocateMiningJobTokenSuccess
        {
            RequestId = request.RequestId,
            MiningJobToken = new byte[] { 1, 2 },
            CoinbaseTxOutputs = TxOutput.SerializePrefixed([new TxOutput(0, Script.PayToWitness(0, new byte[20]))]),
        });
        ProbeStep step = Assert.Single(await probing);
        Assert.Equal((ProbeOutcome.Passed, "token"), (step.Outcome, step.Name));
        Assert.Contains("1 coinbase outputs", step.Finding, StringComparison.Ordinal);
    }

    private static CoinbaseSplit Halves => new CoinbaseTemplate
    {
        Version = 2,
        CoinbasePrefix = new byte[] { 1, 2 },
        Sequence = uint.MaxValue,
        Outputs = (TxOutput[])[new TxOutput(1, Script.PayToWitness(0, new byte[20]))],
        LockTime = 0,
    }.Split(12);

    private static OpenExtendedMiningChannelSuccess Opened(uint requestId) => new()
    {
        RequestId = requestId,
        ChannelId = 1,
        Target = U256.MaxValue,
        ExtranonceSize = 8,
        ExtranoncePrefix = new byte[4],
        GroupChannelId = 2,
    };

    private static async Task OpenAsync(ScriptedPeer pool) => await pool.SendAsync(Opened((await pool.ExpectAsync<OpenExtendedMiningChannel>()).RequestId));

    private static Task<Sv2Session> ConnectAsync(ConnectionString server, MiningSetupFlags flags = 0) =>
        Sv2Session.ConnectAsync(server, new ClientSetup { Protocol = Subprotocol.Mining, Vendor = "doctor", Flags = (uint)flags });

    private static void AssertFails(IReadOnlyList<ProbeStep> steps, string step, string finding)
    {
        Assert.Equal((step, ProbeOutcome.Failed), (steps[^1].Name, steps[^1].Outcome));
        Assert.Contains(finding, steps[^1].Finding, StringComparison.Ordinal);
        Assert.False(string.IsNullOrEmpty(steps[^1].Advice));
        Assert.All(steps.SkipLast(1), earlier => Assert.NotEqual(ProbeOutcome.Failed, earlier.Outcome));
    }

    /// <summary>A server whose connections a test plays by hand.</summary>
    private sealed class ScriptedServer : IAsyncDisposable
    {
        private readonly Subprotocol _protocol;
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly AuthorityKeyPair _authority = AuthorityKeyPair.Generate();
        private readonly ServerCredentials _credentials;

        public ScriptedServer(Subprotocol protocol = Subprotocol.Mining)
        {
            _protocol = protocol;
            _credentials = new ServerCredentials(_authority, StaticKeyPair.Generate(), TimeProvider.System);
            _listener.Start();
            ConnectionString = new ConnectionString("127.0.0.1", ((IPEndPoint)_listener.LocalEndpoint).Port, _credentials.AuthorityPublicKey);
        }

        public ConnectionString ConnectionString { get; }

        public async Task<ScriptedPeer> AcceptAsync()
        {
            var stream = new NetworkStream(await _listener.AcceptSocketAsync().WaitAsync(ScriptedPeer.Patience), ownsSocket: true);
            var peer = new ScriptedPeer(new Duplex(PipeReader.Create(stream), PipeWriter.Create(stream)));
            await peer.HandshakeAsServerAsync(_credentials);
            Assert.Equal(_protocol, (await peer.ExpectAsync<SetupConnection>()).Protocol);
            await peer.SendAsync(new SetupConnectionSuccess { UsedVersion = 2, Flags = 0 });
            return peer;
        }

        public ValueTask DisposeAsync()
        {
            _listener.Dispose();
            _credentials.Dispose();
            return ValueTask.CompletedTask;
        }

        private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
    }
}
