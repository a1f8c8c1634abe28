using Sv2.Protocol.Common;
using Sv2.Protocol.Extensions.ExtensionsNegotiation;
using Sv2.TestKit;
using Sv2.Transport.Setup;
using Sv2.Transport.Tests.Support;

namespace Sv2.Transport.Tests.Setup;

/// <summary>Extension 0x0001 on the server's side, against a scripted client.</summary>
public class ServerExtensionsTests
{
    private static readonly SetupConnection Request = new()
    {
        Protocol = Subprotocol.Mining,
        MinVersion = 2,
        MaxVersion = 2,
        Flags = 0,
        EndpointHost = "h",
        EndpointPort = 1,
        Vendor = "v",
        HardwareVersion = "hw",
        Firmware = "",
        DeviceId = "",
    };

    [Theory]
    [InlineData(new ushort[] { 2, 3 }, new ushort[] { 2 })]
    [InlineData(new ushort[] { 2 }, new ushort[] { 2 })]
    [InlineData(new ushort[] { 3, 2, 2, 1 }, new ushort[] { 2, 1 })]
    [InlineData(new ushort[0], new ushort[0])]
    [Trait("spec", "61")]
    [Trait("spec", "62")]
    [Trait("spec", "68")]
    public async Task Grants_what_it_supports(ushort[] requested, ushort[] granted)
    {
        await using Established pair = await Established.CreateAsync(supported: [2]);
        await pair.Peer.SendAsync(new RequestExtensions { RequestId = 0xBEEF, RequestedExtensions = requested });
        RequestExtensionsSuccess answer = await pair.Peer.ExpectAsync<RequestExtensionsSuccess>();
        Assert.Equal(0xBEEF, answer.RequestId);
        Assert.Equal(granted, answer.SupportedExtensions.ToArray());
        Assert.Equal(granted.Contains((ushort)2), pair.Extensions.Contains(2));
        Assert.False(pair.Extensions.Contains(3));
    }

    [Fact]
    [Trait("spec", "42")]
    [Trait("spec", "43")]
    public async Task Negotiation_itself_is_always_there_whatever_is_configured()
    {
        await using Established pair = await Established.CreateAsync(supported: []);
        await pair.Peer.SendAsync(new RequestExtensions { RequestId = 1, RequestedExtensions = [1] });
        Assert.Equal([1], (await pair.Peer.ExpectAsync<RequestExtensionsSuccess>()).SupportedExtensions.ToArray());
    }

    [Fact]
    [Trait("spec", "63")]
    public async Task Refuses_where_it_supports_none_and_goes_on()
    {
        await using Established pair = await Established.CreateAsync(supported: [2]);
        await pair.Peer.SendAsync(new RequestExtensions { RequestId = 7, RequestedExtensions = [0x7001] });
        RequestExtensionsError answer = await pair.Peer.ExpectAsync<RequestExtensionsError>();
        Assert.Equal(7, answer.RequestId);
        Assert.Equal([0x7001], answer.UnsupportedExtensions.ToArray());
        Assert.Empty(answer.RequiredExtensions.ToArray());
        await pair.Peer.SendFrameAsync(0, 0x10, 1);
        Assert.Equal(0x10, (await pair.Handler.NextAsync()).Header.MessageType);
    }

    [Fact]
    [Trait("spec", "60")]
    [Trait("spec", "35")]
    [Trait("spec", "22")]
    public async Task Answers_in_the_extensions_own_frames()
    {
        await using Established pair = await Established.CreateAsync(supported: [2]);
        // Extension 0x0001, type 0x00: not a second SetupConnection, although the type is the same.
        await pair.Peer.SendRawAsync(pair.Peer.ToWire([0x01, 0x00, 0x00, 0x06, 0x00, 0x00, 0x34, 0x12, 0x01, 0x00, 0x02, 0x00]));
        ReceivedFrame answer = await pair.Peer.ReceiveAsync();
        Assert.Equal(new(1, false, 1, 6), answer.Header);
        Assert.Equal([0x34, 0x12, 0x01, 0x00, 0x02, 0x00], answer.Payload);
    }

    [Fact]
    [Trait("spec", "18")]
    public async Task Ignores_the_channel_bit_when_it_looks_up_the_extension()
    {
        await using Established pair = await Established.CreateAsync(supported: [2]);
        await pair.Peer.SendFrameAsync(0x8001, 0x00, 0x34, 0x12, 0x01, 0x00, 0x02, 0x00);
        Assert.Equal(0x1234, (await pair.Peer.ExpectAsync<RequestExtensionsSuccess>()).RequestId);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [Trait("spec", "41")]
    public async Task Ignores_frames_of_unknown_extensions_for_itself(int length)
    {
        await using Established pair = await Established.CreateAsync(supported: [2]);
        await pair.Peer.SendFrameAsync(0x7abc, 0x33, new byte[length]);
        await pair.Peer.SendFrameAsync(0, 0x10, 1);
        Assert.Equal(0x10, (await pair.Handler.NextAsync()).Header.MessageType);
    }

    [Fact]
    [Trait("spec", "38")]
    public async Task Hands_on_frames_of_unknown_extensions_for_a_channel()
    {
        await using Established pair = await Established.CreateAsync(supported: [2]);
        await pair.Peer.SendFrameAsync(0x7abc | 0x8000, 0x33, 1, 0, 0, 0, 9);
        ReceivedFrame frame = await pair.Handler.NextAsync();
        Assert.Equal(0x7abc, frame.Header.ExtensionType);
        Assert.True(frame.Header.IsChannelMessage);
    }

    [Fact]
    [Trait("spec", "44")]
    public async Task Hands_on_frames_of_an_extension_only_once_it_is_negotiated()
    {
        await using Established pair = await Established.CreateAsync(supported: [0x4005]);
        await pair.Peer.SendFrameAsync(0x4005, 1);
        await pair.Peer.SendAsync(new RequestExtensions { RequestId = 1, RequestedExtensions = [0x4005] });
        await pair.Peer.ExpectAsync<RequestExtensionsSuccess>();
        await pair.Peer.SendFrameAsync(0x4005, 2);
        Assert.Equal(2, (await pair.Handler.NextAsync()).Header.MessageType);
    }

    [Fact]
    [Trait("spec", "46")]
    public async Task Can_be_negotiated_again_after_a_reset()
    {
        await using Established pair = await Established.CreateAsync(supported: [2]);
        var request = new RequestExtensions { RequestId = 1, RequestedExtensions = [2] };
        await pair.Peer.SendAsync(request);
        await pair.Peer.ExpectAsync<RequestExtensionsSuccess>();
        pair.Extensions.Reset();
        Assert.False(pair.Extensions.Contains(2));
        await pair.Peer.SendAsync(request);
        await pair.Peer.ExpectAsync<RequestExtensionsSuccess>();
        Assert.True(pair.Extensions.Contains(2));
    }

    [Fact]
    [Trait("spec", "64")]
    [Trait("spec", "66")]
    public async Task Names_what_is_required_and_takes_the_second_try()
    {
        await using Pair pair = await Pair.CreateAsync(encrypted: true, isEstablished: false);
        Task<SetupResult> running = new ServerSetup { Protocol = Subprotocol.Mining, SupportedExtensions = [2], RequiredExtensions = [5] }.RunAsync(pair.Connection);
        await pair.Peer.SendAsync(Request);
        await pair.Peer.ExpectAsync<SetupConnectionSuccess>();
        await pair.Peer.SendAsync(new RequestExtensions { RequestId = 1, RequestedExtensions = [2, 3] });
        RequestExtensionsError error = await pair.Peer.ExpectAsync<RequestExtensionsError>();
        Assert.Equal([3], error.UnsupportedExtensions.ToArray());
        Assert.Equal([5], error.RequiredExtensions.ToArray());
        Assert.False(running.IsCompleted);
        await pair.Peer.SendAsync(new RequestExtensions { RequestId = 2, RequestedExtensions = [2, 5] });
        Assert.Equal([2, 5], (await pair.Peer.ExpectAsync<RequestExtensionsSuccess>()).SupportedExtensions.ToArray());
        SetupResult result = await running;
        Assert.True(result.Succeeded);
        Assert.Equal("[0x0002, 0x0005]", result.Extensions.ToString());
    }

    [Fact]
    [Trait("spec", "68")]
    public async Task An_empty_request_is_refused_where_something_is_required()
    {
        await using Pair pair = await Pair.CreateAsync(encrypted: false, isEstablished: false);
        Task<SetupResult> running = new ServerSetup { Protocol = Subprotocol.Mining, RequiredExtensions = [5] }.RunAsync(pair.Connection);
        await pair.Peer.SendAsync(Request);
        await pair.Peer.ExpectAsync<SetupConnectionSuccess>();
        await pair.Peer.SendAsync(new RequestExtensions { RequestId = 1, RequestedExtensions = [] });
        Assert.Equal([5], (await pair.Peer.ExpectAsync<RequestExtensionsError>()).RequiredExtensions.ToArray());
        await pair.Peer.EndAsync();
        Assert.Equal(CloseKind.PeerClosed, (await running).Failure!.Reason.Kind);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("spec", "65")]
    public async Task Closes_a_client_that_goes_on_without_what_is_required(bool asksFirst)
    {
        await using Pair pair = await Pair.CreateAsync(encrypted: true, isEstablished: false);
        Task<SetupResult> running = new ServerSetup { Protocol = Subprotocol.Mining, RequiredExtensions = [5] }.RunAsync(pair.Connection);
        await pair.Peer.SendAsync(Request);
        await pair.Peer.ExpectAsync<SetupConnectionSuccess>();
        if (asksFirst)
        {
            await pair.Peer.SendAsync(new RequestExtensions { RequestId = 1, RequestedExtensions = [2] });
            await pair.Peer.ExpectAsync<RequestExtensionsError>();
        }

        await pair.Peer.SendFrameAsync(0, 0x10, new byte[20]);
        await pair.Peer.ExpectCloseAsync();
        Assert.Equal(CloseKind.ExtensionRequired, (await running).Failure!.Reason.Kind);
    }

    [Fact]
    public async Task Silence_where_something_is_required_runs_out_of_time()
    {
        await using Pair pair = await Pair.CreateAsync(encrypted: true, isEstablished: false);
        Task<SetupResult> running = new ServerSetup { Protocol = Subprotocol.Mining, RequiredExtensions = [5] }.RunAsync(pair.Connection);
        await pair.Peer.SendAsync(Request);
        await pair.Peer.ExpectAsync<SetupConnectionSuccess>();
        pair.Clock.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(CloseKind.SetupTimeout, (await running).Failure!.Reason.Kind);
    }

    [Fact]
    public async Task Endless_requests_are_a_protocol_error()
    {
        await using Established pair = await Established.CreateAsync(supported: [2]);
        for (int i = 0; i < 8; i++)
        {
            await pair.Peer.SendAsync(new RequestExtensions { RequestId = (ushort)i, RequestedExtensions = [2] });
            await pair.Peer.ExpectAsync<RequestExtensionsSuccess>();
        }

        await pair.Peer.SendAsync(new RequestExtensions { RequestId = 9, RequestedExtensions = [2] });
        await pair.Peer.ExpectCloseAsync();
    }

    [Fact]
    public async Task A_malformed_request_closes_with_the_field()
    {
        await using Established pair = await Established.CreateAsync(supported: [2]);
        await pair.Peer.SendFrameAsync(1, 0, 1, 0, 5, 0, 2, 0);
        await pair.Peer.ExpectCloseAsync();
        Assert.Equal(CloseKind.MalformedMessage, pair.Connection.Reason!.Kind);
        Assert.Contains("requested_extensions", pair.Connection.Reason.Message, StringComparison.Ordinal);
    }

    /// <summary>A session that is set up, its connection being received from.</summary>
    private sealed class Established(Pair pair, NegotiatedExtensions extensions, Task running) : IAsyncDisposable
    {
        internal ScriptedPeer Peer => pair.Peer;

        internal Sv2Connection Connection => pair.Connection;

        internal RecordingHandler Handler => pair.Handler;

        internal NegotiatedExtensions Extensions => extensions;

        internal static async Task<Established> CreateAsync(ushort[] supported)
        {
            Pair pair = await Pair.CreateAsync(encrypted: true, isEstablished: false);
            Task<SetupResult> setup = new ServerSetup { Protocol = Subprotocol.Mining, SupportedExtensions = supported }.RunAsync(pair.Connection);
            await pair.Peer.SendAsync(Request);
            await pair.Peer.ExpectAsync<SetupConnectionSuccess>();
            return new Established(pair, (await setup).Extensions, pair.RunAsync());
        }

        public async ValueTask DisposeAsync()
        {
            await pair.DisposeAsync();
            await running;
        }
    }
}
