using Sv2.Protocol;
using Sv2.Protocol.Common;
using Sv2.Protocol.Extensions.ExtensionsNegotiation;
using Sv2.Protocol.Mining;
using Sv2.TestKit;
using Sv2.Transport.Setup;
using Sv2.Transport.Tests.Support;

namespace Sv2.Transport.Tests.Setup;

/// <summary>The client's side of SetupConnection and of extension 0x0001, against a scripted server.</summary>
public class ClientSetupTests
{
    private static readonly ClientSetup Miner = new() { Protocol = Subprotocol.Mining, Vendor = "sv2-dotnet/0.1", EndpointHost = "pool.example", EndpointPort = 34254 };

    private static readonly SetupConnectionSuccess Success = new() { UsedVersion = 2, Flags = 0 };

    [Fact]
    [Trait("spec", "110")]
    [Trait("spec", "121")]
    [Trait("spec", "122")]
    [Trait("spec", "123")]
    [Trait("spec", "124")]
    public async Task Introduces_itself_first()
    {
        await using Pair pair = await Pair.CreateAsync(encrypted: true, isEstablished: false);
        Task<SetupResult> running = Miner.RunAsync(pair.Connection);
        SetupConnection request = await pair.Peer.ExpectAsync<SetupConnection>();
        Assert.Equal("sv2-dotnet/0.1", request.Vendor.ToString());
        Assert.NotEqual(0, request.HardwareVersion.Length);
        Assert.Equal(0, request.DeviceId.Length);
        Assert.Equal("pool.example", request.EndpointHost.ToString());
        Assert.Equal(34254, request.EndpointPort);
        Assert.Equal((2, 2), (request.MinVersion, request.MaxVersion));
        await pair.Peer.SendAsync(Success with { Flags = 2 });
        SetupResult result = await running;
        Assert.True(result.Succeeded);
        Assert.Equal(2u, result.ServerFlags);
        Assert.True(result.ExtensionsAnswered);
        Assert.True(pair.Connection.IsEstablished);
    }

    [Fact]
    [Trait("spec", "121")]
    public async Task Refuses_to_go_without_a_vendor()
    {
        await using Pair pair = await Pair.CreateAsync(encrypted: false, isEstablished: false);
        await Assert.ThrowsAsync<ArgumentException>(() => (Miner with { Vendor = " " }).RunAsync(pair.Connection));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(0)]
    [Trait("spec", "114")]
    public async Task Refuses_a_version_it_did_not_offer(int version)
    {
        SetupResult result = await AnswerAsync(Success with { UsedVersion = (ushort)version });
        Assert.Equal(CloseKind.ProtocolViolation, result.Failure!.Reason.Kind);
        Assert.Contains("version", result.Failure.Reason.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0xFFFFFFFEu, "unsupported-feature-flags")]
    [InlineData(0u, "protocol-version-mismatch")]
    [InlineData(0u, "zzz-unknown")]
    [InlineData(0u, "")]
    [InlineData(4u, "bad\u001b[2Jcode\n")]
    [Trait("spec", "29")]
    [Trait("spec", "30")]
    [Trait("spec", "33")]
    [Trait("spec", "118")]
    [Trait("spec", "119")]
    public async Task Reads_a_refusal_whatever_its_code(uint flags, string code)
    {
        SetupResult result = await AnswerAsync(new SetupConnectionError { Flags = flags, ErrorCode = code });
        Assert.Equal(CloseKind.SetupRefused, result.Failure!.Reason.Kind);
        Assert.Equal(flags, result.Failure.UnsupportedFlags);
        Assert.DoesNotContain(result.Failure.ErrorCode!, char.IsControl);
        Assert.DoesNotContain(result.Failure.Reason.Message, char.IsControl);
    }

    [Fact]
    [Trait("spec", "120")]
    [Trait("spec", "132")]
    public async Task Takes_the_servers_flags_as_a_set_of_their_own()
    {
        // Bit 0 of the request means REQUIRES_STANDARD_JOBS, bit 0 of the answer REQUIRES_FIXED_VERSION; bit 31 means nothing yet.
        await using Pair pair = await Pair.CreateAsync(encrypted: true, isEstablished: false);
        Task<SetupResult> running = (Miner with { Flags = 4, KnownServerFlags = 3 }).RunAsync(pair.Connection);
        await pair.Peer.ExpectAsync<SetupConnection>();
        await pair.Peer.SendAsync(Success with { Flags = 0x8000_0001 });
        SetupResult result = await running;
        Assert.True(result.Succeeded);
        Assert.Equal(4u, result.ClientFlags);
        Assert.Equal(MiningSetupSuccessFlags.RequiresFixedVersion, (MiningSetupSuccessFlags)(result.ServerFlags & 3));
        Assert.NotEqual((uint)MiningSetupFlags.RequiresVersionRolling, result.ServerFlags & 3);
    }

    [Fact]
    public async Task Refuses_any_other_first_answer()
    {
        SetupResult result = await AnswerAsync(new ChannelEndpointChanged { ChannelId = 1 });
        Assert.Equal(CloseKind.ProtocolViolation, result.Failure!.Reason.Kind);
    }

    [Fact]
    public async Task Gives_up_on_a_server_that_does_not_answer()
    {
        await using Pair pair = await Pair.CreateAsync(encrypted: true, isEstablished: false);
        Task<SetupResult> running = Miner.RunAsync(pair.Connection);
        await pair.Peer.ExpectAsync<SetupConnection>();
        pair.Clock.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(CloseKind.SetupTimeout, (await running).Failure!.Reason.Kind);
    }

    [Fact]
    [Trait("spec", "41")]
    public async Task Ignores_frames_of_unknown_extensions_at_any_time()
    {
        await using Pair pair = await Pair.CreateAsync(encrypted: true, isEstablished: false);
        Task<SetupResult> running = Miner.RunAsync(pair.Connection);
        await pair.Peer.ExpectAsync<SetupConnection>();
        await pair.Peer.SendFrameAsync(0x7abc, 1, 2, 3);
        await pair.Peer.SendAsync(Success);
        Assert.True((await running).Succeeded);
        Task receiving = pair.RunAsync();
        await pair.Peer.SendFrameAsync(0x7abc, 1, 2, 3);
        await pair.Peer.SendFrameAsync(0, 0x21, 9);
        Assert.Equal(0x21, (await pair.Handler.NextAsync()).Header.MessageType);
        await pair.Peer.EndAsync();
        await receiving;
    }

    [Fact]
    [Trait("spec", "56")]
    [Trait("spec", "57")]
    [Trait("spec", "58")]
    [Trait("spec", "59")]
    public async Task Negotiates_before_anything_else_and_uses_only_what_is_granted()
    {
        await using Pair pair = await Pair.CreateAsync(encrypted: true, isEstablished: false);
        Task<SetupResult> running = (Miner with { RequestedExtensions = [2, 3] }).RunAsync(pair.Connection);
        await pair.Peer.ExpectAsync<SetupConnection>();
        await pair.Peer.SendAsync(Success);
        RequestExtensions request = await pair.Peer.ExpectAsync<RequestExtensions>();
        Assert.Equal([2, 3], request.RequestedExtensions.ToArray());
        Assert.False(running.IsCompleted);
        // The server also lists an extension that nobody asked for.
        await pair.Peer.SendAsync(new RequestExtensionsSuccess { RequestId = request.RequestId, SupportedExtensions = [2, 0x4009] });
        SetupResult result = await running;
        Assert.True(result.Extensions.Contains(2));
        Assert.False(result.Extensions.Contains(3));
        Assert.False(result.Extensions.Contains(0x4009));
        Assert.Equal(2, pair.Connection.FramesSent);
    }

    [Fact]
    [Trait("spec", "66")]
    public async Task Goes_on_without_extensions_where_none_is_required()
    {
        await using Pair pair = await Pair.CreateAsync(encrypted: false, isEstablished: false);
        Task<SetupResult> running = (Miner with { RequestedExtensions = [2] }).RunAsync(pair.Connection);
        await pair.Peer.ExpectAsync<SetupConnection>();
        await pair.Peer.SendAsync(Success);
        RequestExtensions request = await pair.Peer.ExpectAsync<RequestExtensions>();
        await pair.Peer.SendAsync(new RequestExtensionsError { RequestId = request.RequestId, UnsupportedExtensions = [2], RequiredExtensions = [] });
        SetupResult result = await running;
        Assert.True(result.Succeeded);
        Assert.Empty(result.Extensions.List);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("spec", "66")]
    public async Task Tries_again_with_what_is_required_if_it_can(bool can)
    {
        await using Pair pair = await Pair.CreateAsync(encrypted: false, isEstablished: false);
        Task<SetupResult> running = (Miner with { RequestedExtensions = [2, 3], ExtensionsOnDemand = can ? [5] : [] }).RunAsync(pair.Connection);
        await pair.Peer.ExpectAsync<SetupConnection>();
        await pair.Peer.SendAsync(Success);
        RequestExtensions request = await pair.Peer.ExpectAsync<RequestExtensions>();
        await pair.Peer.SendAsync(new RequestExtensionsError { RequestId = request.RequestId, UnsupportedExtensions = [3], RequiredExtensions = [5] });
        if (!can)
        {
            Assert.Equal(CloseKind.ExtensionRequired, (await running).Failure!.Reason.Kind);
            await pair.Peer.ExpectCloseAsync();
            return;
        }

        RequestExtensions second = await pair.Peer.ExpectAsync<RequestExtensions>();
        Assert.NotEqual(request.RequestId, second.RequestId);
        Assert.Equal([2, 5], second.RequestedExtensions.ToArray());
        await pair.Peer.SendAsync(new RequestExtensionsSuccess { RequestId = second.RequestId, SupportedExtensions = [2, 5] });
        Assert.True((await running).Extensions.Contains(5));
    }

    [Fact]
    [Trait("spec", "61")]
    public async Task Refuses_an_answer_to_another_request()
    {
        await using Pair pair = await Pair.CreateAsync(encrypted: false, isEstablished: false);
        Task<SetupResult> running = (Miner with { RequestedExtensions = [2] }).RunAsync(pair.Connection);
        await pair.Peer.ExpectAsync<SetupConnection>();
        await pair.Peer.SendAsync(Success);
        RequestExtensions request = await pair.Peer.ExpectAsync<RequestExtensions>();
        await pair.Peer.SendAsync(new RequestExtensionsSuccess { RequestId = (ushort)(request.RequestId + 1), SupportedExtensions = [2] });
        SetupResult result = await running;
        Assert.Contains("request_id", result.Failure!.Reason.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("spec", "67")]
    public async Task Goes_on_without_extensions_when_the_server_is_mute()
    {
        await using Pair pair = await Pair.CreateAsync(encrypted: true, isEstablished: false);
        Task<SetupResult> running = (Miner with { RequestedExtensions = [2] }).RunAsync(pair.Connection);
        await pair.Peer.ExpectAsync<SetupConnection>();
        await pair.Peer.SendAsync(Success);
        RequestExtensions request = await pair.Peer.ExpectAsync<RequestExtensions>();
        await pair.AdvanceUntilAsync(running, TimeSpan.FromMilliseconds(100));
        SetupResult result = await running;
        Assert.True(result.Succeeded);
        Assert.False(result.ExtensionsAnswered);
        Assert.Empty(result.Extensions.List);

        // An answer that comes too late changes nothing and disturbs nothing.
        Task receiving = pair.RunAsync();
        await pair.Peer.SendAsync(new RequestExtensionsSuccess { RequestId = request.RequestId, SupportedExtensions = [2] });
        await pair.Peer.SendFrameAsync(0, 0x21, 9);
        Assert.Equal(0x21, (await pair.Handler.NextAsync()).Header.MessageType);
        Assert.Empty(result.Extensions.List);
        await pair.Peer.EndAsync();
        await receiving;
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [Trait("spec", "253")]
    public async Task Takes_a_reconnect_in_every_stage(int stage)
    {
        var reconnect = new Reconnect { NewHost = "other.example", NewPort = 1 };
        await using Pair pair = await Pair.CreateAsync(encrypted: true, isEstablished: false);
        Task<SetupResult> running = (Miner with { RequestedExtensions = [2] }).RunAsync(pair.Connection);
        await pair.Peer.ExpectAsync<SetupConnection>();
        if (stage > 0)
        {
            await pair.Peer.SendAsync(Success);
            RequestExtensions request = await pair.Peer.ExpectAsync<RequestExtensions>();
            if (stage > 1) await pair.Peer.SendAsync(new RequestExtensionsSuccess { RequestId = request.RequestId, SupportedExtensions = [2] });
        }

        if (stage > 1)
        {
            await running;
            running = Task.FromResult(new SetupResult());
        }

        Task receiving = stage > 1 ? pair.RunAsync() : Task.CompletedTask;
        await pair.Peer.SendAsync(reconnect);
        await running;
        await receiving;
        Assert.Equal(CloseKind.ReconnectRequested, pair.Connection.Reason!.Kind);
        Assert.Equal(reconnect, pair.Connection.ReconnectRequest);
    }

    [Fact]
    public async Task Leaves_a_reconnect_to_the_handler_where_asked_to()
    {
        await using Pair pair = await Pair.CreateAsync(encrypted: false, isEstablished: false);
        Task<SetupResult> running = (Miner with { ClosesOnReconnect = false }).RunAsync(pair.Connection);
        await pair.Peer.ExpectAsync<SetupConnection>();
        await pair.Peer.SendAsync(Success);
        await running;
        Task receiving = pair.RunAsync();
        await pair.Peer.SendAsync(new Reconnect { NewHost = "", NewPort = 0 });
        await pair.Handler.NextAsync<Reconnect>();
        Assert.Null(pair.Connection.Reason);
        await pair.Peer.EndAsync();
        await receiving;
    }

    [Fact]
    public async Task Both_sides_of_this_library_agree()
    {
        (InMemoryDuplex client, InMemoryDuplex server) = InMemoryDuplex.CreatePair();
        Task<Sv2Connection> accepting = Sv2Connection.AcceptAsync(server, Keys.Credentials);
        await using Sv2Connection connection = await Sv2Connection.ConnectAsync(client, Keys.Authority.PublicKey);
        await using Sv2Connection accepted = await accepting;
        Task<SetupResult> serving = new ServerSetup { Protocol = Subprotocol.Mining, SupportedFlags = 4, SuccessFlags = _ => 2, RequiredExtensions = [2] }.RunAsync(accepted);
        SetupResult result = await (Miner with { Flags = 4, RequestedExtensions = [2, 3] }).RunAsync(connection);
        SetupResult served = await serving;
        Assert.Equal((4u, 2u, 2), (result.ClientFlags, result.ServerFlags, (int)result.UsedVersion));
        Assert.Equal((4u, 2u, 2), (served.ClientFlags, served.ServerFlags, (int)served.UsedVersion));
        Assert.Equal("[0x0002]", result.Extensions.ToString());
        Assert.Equal("[0x0002]", served.Extensions.ToString());
    }

    private static async Task<SetupResult> AnswerAsync<T>(T answer) where T : IMessage<T>
    {
        await using Pair pair = await Pair.CreateAsync(encrypted: true, isEstablished: false);
        Task<SetupResult> running = Miner.RunAsync(pair.Connection);
        await pair.Peer.ExpectAsync<SetupConnection>();
        await pair.Peer.SendAsync(answer);
        SetupResult result = await running;
        Assert.False(result.Succeeded);
        Assert.Equal(result.Failure!.Reason, pair.Connection.Reason);
        await pair.Peer.ExpectCloseAsync();
        return result;
    }
}
