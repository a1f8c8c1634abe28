using Sv2.Protocol;
using Sv2.Protocol.Common;
using Sv2.Protocol.Extensions.ExtensionsNegotiation;
using Sv2.TestKit;
using Sv2.Transport.Setup;
using Sv2.Transport.Tests.Support;

namespace Sv2.Transport.Tests.Setup;

/// <summary>The server's side of SetupConnection, against a scripted client.</summary>
public class ServerSetupTests
{
    private const uint RequiresStandardJobs = 1;
    private const uint RequiresWorkSelection = 2;
    private const uint RequiresVersionRolling = 4;

    private static readonly SetupConnection Request = new()
    {
        Protocol = Subprotocol.Mining,
        MinVersion = 2,
        MaxVersion = 2,
        Flags = 0,
        EndpointHost = "pool.example",
        EndpointPort = 34254,
        Vendor = "Bitmain",
        HardwareVersion = "S9i 13.5",
        Firmware = "braiins-os-2018-09-22-1-hash",
        DeviceId = "",
    };

    private static readonly ServerSetup Pool = new()
    {
        Protocol = Subprotocol.Mining,
        SupportedFlags = RequiresStandardJobs | RequiresVersionRolling,
    };

    [Fact]
    [Trait("spec", "112")]
    [Trait("spec", "13")]
    public async Task Accepts_a_client_and_tells_who_it_is()
    {
        await using Pair pair = await Pair.CreateAsync(encrypted: true, isEstablished: false);
        Task<SetupResult> setup = Pool.RunAsync(pair.Connection);
        await pair.Peer.SendAsync(Request with { Flags = RequiresVersionRolling });
        ReceivedFrame answer = await pair.Peer.ReceiveAsync();
        Assert.Equal(new FrameHeader(0, false, 1, 6), answer.Header);
        Assert.Equal(2, answer.As<SetupConnectionSuccess>().UsedVersion);
        SetupResult result = await setup;
        Assert.True(result.Succeeded);
        Assert.Equal(2, result.UsedVersion);
        Assert.Equal(RequiresVersionRolling, result.ClientFlags);
        Assert.Equal("Bitmain", result.Client.Vendor);
        Assert.Equal("pool.example", result.Client.EndpointHost);
        Assert.True(pair.Connection.IsEstablished);
    }

    [Theory]
    [InlineData(2, 2, 2)]
    [InlineData(1, 2, 2)]
    [InlineData(2, 9, 2)]
    [InlineData(0, 65535, 2)]
    [InlineData(3, 3, null)]
    [InlineData(1, 1, null)]
    [InlineData(2, 1, null)]
    [InlineData(0, 0, null)]
    [Trait("spec", "114")]
    [Trait("spec", "118")]
    [Trait("spec", "400")]
    public async Task Chooses_a_version_or_refuses(int min, int max, int? used)
    {
        await using Pair pair = await Pair.CreateAsync(encrypted: false, isEstablished: false);
        Task<SetupResult> setup = Pool.RunAsync(pair.Connection);
        await pair.Peer.SendAsync(Request with { MinVersion = (ushort)min, MaxVersion = (ushort)max });
        if (used is { } version)
        {
            Assert.Equal(version, (await pair.Peer.ExpectAsync<SetupConnectionSuccess>()).UsedVersion);
            Assert.Equal(version, (await setup).UsedVersion);
            return;
        }

        SetupConnectionError error = await pair.Peer.ExpectAsync<SetupConnectionError>();
        Assert.Equal(0u, error.Flags);
        Assert.Equal(ServerSetup.VersionMismatch, error.ErrorCode.ToString());
        Assert.False((await setup).Succeeded);
    }

    [Theory]
    [InlineData(0xFFFFFFFFu, 0xFFFFFFFAu)]
    [InlineData(RequiresWorkSelection, RequiresWorkSelection)]
    [InlineData(RequiresWorkSelection | RequiresStandardJobs | 0x80000000u, RequiresWorkSelection | 0x80000000u)]
    [Trait("spec", "115")]
    [Trait("spec", "116")]
    [Trait("spec", "119")]
    [Trait("spec", "127")]
    [Trait("spec", "386")]
    public async Task Lists_all_unsupported_flags_then_closes(uint flags, uint unsupported)
    {
        await using Pair pair = await Pair.CreateAsync(encrypted: true, isEstablished: false);
        Task<SetupResult> setup = Pool.RunAsync(pair.Connection);
        await pair.Peer.SendAsync(Request with { Flags = flags });
        SetupConnectionError error = await pair.Peer.ExpectAsync<SetupConnectionError>();
        Assert.Equal(unsupported, error.Flags);
        Assert.Equal(ServerSetup.UnsupportedFeatureFlags, error.ErrorCode.ToString());
        await pair.Peer.ExpectCloseAsync();
        SetupResult result = await setup;
        Assert.Equal(unsupported, result.Failure!.UnsupportedFlags);
        Assert.Equal(CloseKind.SetupRefused, pair.Connection.Reason!.Kind);
        Assert.Equal(CloseParty.Incompatible, pair.Connection.Reason.Party);
    }

    [Fact]
    [Trait("spec", "117")]
    public async Task Two_servers_with_one_configuration_answer_alike()
    {
        var flags = new HashSet<uint>();
        for (int i = 0; i < 2; i++)
        {
            await using Pair pair = await Pair.CreateAsync(encrypted: false, isEstablished: false);
            Task<SetupResult> setup = new ServerSetup { Protocol = Pool.Protocol, SupportedFlags = Pool.SupportedFlags }.RunAsync(pair.Connection);
            await pair.Peer.SendAsync(Request with { Flags = ClientSetup.ProbeFlags });
            flags.Add((await pair.Peer.ExpectAsync<SetupConnectionError>()).Flags);
            await setup;
        }

        Assert.Single(flags);
    }

    [Fact]
    [Trait("spec", "129")]
    public async Task A_server_with_fixed_versions_refuses_version_rolling()
    {
        var setup = new ServerSetup { Protocol = Subprotocol.Mining, SupportedFlags = RequiresStandardJobs, SuccessFlags = _ => 1 };
        await using Pair pair = await Pair.CreateAsync(encrypted: false, isEstablished: false);
        Task<SetupResult> running = setup.RunAsync(pair.Connection);
        await pair.Peer.SendAsync(Request with { Flags = RequiresVersionRolling });
        Assert.Equal(RequiresVersionRolling, (await pair.Peer.ExpectAsync<SetupConnectionError>()).Flags);
        await running;
    }

    [Fact]
    [Trait("spec", "125")]
    [Trait("spec", "133")]
    public async Task A_declarator_that_needs_transaction_data_refuses_a_client_without_the_flag()
    {
        var setup = new ServerSetup { Protocol = Subprotocol.JobDeclaration, SupportedFlags = 1, RequiredFlags = 1 };
        await using Pair pair = await Pair.CreateAsync(encrypted: false, isEstablished: false);
        Task<SetupResult> running = setup.RunAsync(pair.Connection);
        await pair.Peer.SendAsync(Request with { Protocol = Subprotocol.JobDeclaration });
        Assert.Equal(1u, (await pair.Peer.ExpectAsync<SetupConnectionError>()).Flags);
        await running;

        await using Pair second = await Pair.CreateAsync(encrypted: false, isEstablished: false);
        running = setup.RunAsync(second.Connection);
        await second.Peer.SendAsync(Request with { Protocol = Subprotocol.JobDeclaration, Flags = 1 });
        Assert.Equal(0u, (await second.Peer.ExpectAsync<SetupConnectionSuccess>()).Flags);
        Assert.True((await running).Succeeded);
    }

    [Fact]
    [Trait("spec", "134")]
    public async Task Template_distribution_has_no_flags()
    {
        await using Pair pair = await Pair.CreateAsync(encrypted: false, isEstablished: false);
        Task<SetupResult> running = new ServerSetup { Protocol = Subprotocol.TemplateDistribution }.RunAsync(pair.Connection);
        await pair.Peer.SendAsync(Request with { Protocol = Subprotocol.TemplateDistribution });
        Assert.Equal(0u, (await pair.Peer.ExpectAsync<SetupConnectionSuccess>()).Flags);
        Assert.True((await running).Succeeded);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(255)]
    [Trait("spec", "113")]
    public async Task Refuses_protocols_it_does_not_serve(int protocol)
    {
        await using Pair pair = await Pair.CreateAsync(encrypted: false, isEstablished: false);
        Task<SetupResult> running = Pool.RunAsync(pair.Connection);
        await pair.Peer.SendAsync(Request with { Protocol = (Subprotocol)protocol, Flags = 0xFFFFFFFF });
        SetupConnectionError error = await pair.Peer.ExpectAsync<SetupConnectionError>();
        Assert.Equal(ServerSetup.UnsupportedProtocol, error.ErrorCode.ToString());
        Assert.Equal(0u, error.Flags);
        await pair.Peer.ExpectCloseAsync();
        Assert.False((await running).Succeeded);
    }

    [Fact]
    [Trait("spec", "112")]
    [Trait("spec", "24")]
    public async Task A_malformed_request_is_answered_and_closed_wherever_it_is_cut()
    {
        byte[] payload = Frame.ToArray(in Request)[FrameHeader.Size..];
        for (int cut = 0; cut < payload.Length; cut++)
        {
            await using Pair pair = await Pair.CreateAsync(encrypted: false, isEstablished: false);
            Task<SetupResult> running = Pool.RunAsync(pair.Connection);
            await pair.Peer.SendFrameAsync(0, 0, payload[..cut]);
            SetupConnectionError error = await pair.Peer.ExpectAsync<SetupConnectionError>();
            Assert.Equal(0u, error.Flags);
            await pair.Peer.ExpectCloseAsync();
            Assert.Contains("field", (await running).Failure!.Reason.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(0x0000, 0x10)]
    [InlineData(0x0000, 0x01)]
    [InlineData(0x0001, 0x00)]
    [InlineData(0x8000, 0x1a)]
    [Trait("spec", "110")]
    [Trait("spec", "111")]
    public async Task Anything_before_setup_closes_unanswered(int extension, int type)
    {
        await using Pair pair = await Pair.CreateAsync(encrypted: true, isEstablished: false);
        Task<SetupResult> running = Pool.RunAsync(pair.Connection);
        await pair.Peer.SendFrameAsync((ushort)extension, (byte)type, new byte[40]);
        await pair.Peer.ExpectCloseAsync();
        SetupResult result = await running;
        Assert.Equal(CloseKind.ProtocolViolation, result.Failure!.Reason.Kind);
    }

    [Fact]
    [Trait("spec", "135")]
    public async Task A_second_setup_is_a_protocol_error()
    {
        await using Pair pair = await Pair.CreateAsync(encrypted: true, isEstablished: false);
        Task<SetupResult> running = Pool.RunAsync(pair.Connection);
        await pair.Peer.SendAsync(Request);
        await pair.Peer.ExpectAsync<SetupConnectionSuccess>();
        await running;
        Task receiving = pair.RunAsync();
        await pair.Peer.SendAsync(Request);
        await pair.Peer.ExpectCloseAsync();
        await receiving;
        Assert.Equal(CloseKind.ProtocolViolation, pair.Connection.Reason!.Kind);
        Assert.Equal(0, pair.Handler.Count);
    }

    [Fact]
    public async Task Frames_behind_the_setup_wait_for_the_next_handler()
    {
        await using Pair pair = await Pair.CreateAsync(encrypted: true, isEstablished: false);
        byte[] blob = [.. pair.Peer.ToWire(Frame.ToArray(in Request)), .. pair.Peer.ToWire(ScriptedPeer.ToFrame(0, 0x10, 1, 2, 3))];
        await pair.Peer.SendRawAsync(blob);
        Assert.True((await Pool.RunAsync(pair.Connection)).Succeeded);
        Task receiving = pair.RunAsync();
        Assert.Equal([1, 2, 3], (await pair.Handler.NextAsync()).Payload);
        await pair.Peer.EndAsync();
        await receiving;
    }

    [Fact]
    [Trait("spec", "33")]
    public async Task Texts_of_the_client_are_made_safe()
    {
        await using Pair pair = await Pair.CreateAsync(encrypted: false, isEstablished: false);
        Task<SetupResult> running = Pool.RunAsync(pair.Connection);
        await pair.Peer.SendAsync(Request with { Vendor = "evil\u001b[31m\nFAKE LOG LINE" });
        PeerInfo client = (await running).Client;
        Assert.DoesNotContain(client.Vendor, char.IsControl);
    }

    [Fact]
    public async Task Admission_can_be_refused_with_a_code_of_ones_own()
    {
        var setup = new ServerSetup { Protocol = Subprotocol.Mining, Admit = client => client.Vendor == "Bitmain" ? "not-today" : null };
        await using Pair pair = await Pair.CreateAsync(encrypted: false, isEstablished: false);
        Task<SetupResult> running = setup.RunAsync(pair.Connection);
        await pair.Peer.SendAsync(Request);
        SetupConnectionError error = await pair.Peer.ExpectAsync<SetupConnectionError>();
        Assert.Equal("not-today", error.ErrorCode.ToString());
        Assert.Equal(0u, error.Flags);
        Assert.Equal("not-today", (await running).Failure!.ErrorCode);
    }

    [Fact]
    [Trait("spec", "32")]
    [Trait("spec", "33")]
    public void Error_codes_are_printable_ascii()
    {
        string[] codes = [ServerSetup.UnsupportedFeatureFlags, ServerSetup.UnsupportedProtocol, ServerSetup.VersionMismatch, ServerSetup.Malformed];
        Assert.All(codes, code => Assert.Matches("^[\x20-\x7e]+$", code));
    }

    [Fact]
    public async Task A_client_that_stays_silent_runs_out_of_time()
    {
        await using Pair pair = await Pair.CreateAsync(encrypted: true, isEstablished: false);
        Task<SetupResult> running = Pool.RunAsync(pair.Connection);
        pair.Clock.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(CloseKind.SetupTimeout, (await running).Failure!.Reason.Kind);
    }
}
