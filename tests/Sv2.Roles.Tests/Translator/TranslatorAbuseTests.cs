using System.Net;
using System.Net.Sockets;
using System.Text;
using Sv2.Roles.Tests.Upstreams;
using Sv2.Roles.Translator;

namespace Sv2.Roles.Tests.Translator;

/// <summary>Peers that misbehave lose their own connection, and nobody else notices.</summary>
public sealed class TranslatorAbuseTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly bool IsLong = Environment.GetEnvironmentVariable("SV2_LONG_TESTS") == "1";

    public static TheoryData<string, byte[]> BadLines => new()
    {
        { "not JSON", "hello\n"u8.ToArray() },
        { "a web browser", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray() },
        { "not UTF-8", [.. "{\"id\":1,\"method\":\"mining.authorize\",\"params\":[\""u8, 0xff, 0xfe, .. "\"]}\n"u8] },
        { "gigantic", Encoding.ASCII.GetBytes("{\"id\":1,\"method\":\"" + new string('m', 20_000)) },
        { "gigantic and whole", Encoding.ASCII.GetBytes("{\"id\":1,\"method\":\"" + new string('m', 20_000) + "\"}\n") },
        { "too deep", Encoding.ASCII.GetBytes("{\"id\":1,\"method\":\"a\",\"params\":" + new string('[', 500) + new string(']', 500) + "}\n") },
        { "encrypted", [.. Enumerable.Range(0, 64).Select(i => (byte)(0x80 + i)), (byte)'\n'] },
    };

    [Theory]
    [MemberData(nameof(BadLines))]
    public async Task Bad_lines_close_their_own_connection(string what, byte[] bytes)
    {
        await using ScriptedPool pool = ScriptedPool.Start();
        await using TranslatorHarness translator = await TranslatorHarness.StartAsync([pool.Address]);
        await using Sv1Miner miner = await translator.MineAsync();
        using Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, translator.Port);
        await socket.SendAsync(bytes);

        await ReadToEndAsync(socket);

        await translator.UntilAsync(() => translator.Figure(FigureNames.Connections) == 1);
        Assert.True(miner.IsConnected, what);
        Assert.Null(await miner.ShareAsync());
    }

    [Fact]
    public async Task Thousands_of_idle_sockets_keep_no_miner_out()
    {
        await using ScriptedPool pool = ScriptedPool.Start();
        await using TranslatorHarness translator = await TranslatorHarness.StartAsync([pool.Address], options => options with { Limits = new TranslatorLimits { HalfOpen = 100 } });
        await using Sv1Miner before = await translator.MineAsync("acct.before");
        List<Socket> idle = [];
        for (int i = 0; i < (IsLong ? 6000 : 2000); i++)
        {
            Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(IPAddress.Loopback, translator.Port);
            idle.Add(socket);
        }
        await using Sv1Miner after = await translator.MineAsync("acct.after");

        Assert.Null(await before.ShareAsync());
        Assert.Null(await after.ShareAsync());
        await translator.UntilAsync(() => translator.Figure(FigureNames.Connections) <= 102);
        idle.ForEach(static socket => socket.Dispose());
    }

    [Fact]
    public async Task A_miner_that_never_reads_is_closed_and_others_are_not()
    {
        await using ScriptedPool pool = ScriptedPool.Start();
        await using TranslatorHarness translator = await TranslatorHarness.StartAsync([pool.Address], options => options with { Limits = new TranslatorLimits { OutboundKilobytes = 32 } });
        ScriptedPeer peer = await pool.PeerAsync();
        await using Sv1Miner miner = await translator.MineAsync();
        using Socket deaf = new(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 2048 };
        await deaf.ConnectAsync(IPAddress.Loopback, translator.Port);
        byte[] ping = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("{\"id\":1,\"method\":\"mining.ping\"}\n", 500)));
        try
        {
            // Answers nobody reads, until the connection is closed for it.
            while (translator.Figure(FigureNames.Connections) > 1 || deaf.Available >= 0 && translator.Figure("downstreamBytesReceived") < 20_000)
            {
                using var patience = new CancellationTokenSource(Patience);
                await deaf.SendAsync(ping, patience.Token);
            }
        }
        catch (SocketException)
        {
            // Closed while sending: what was waited for.
        }
        await translator.UntilAsync(() => translator.Figure(FigureNames.Connections) == 1);

        peer.SendJob(1, 16, minNTime: peer.MinNTime);
        await miner.NextWorkAsync();
        Assert.Null(await miner.ShareAsync());
    }

    [Fact]
    public async Task A_probe_that_subscribes_authorises_and_leaves_disturbs_nobody()
    {
        await using ScriptedPool pool = ScriptedPool.Start();
        await using TranslatorHarness translator = await TranslatorHarness.StartAsync([pool.Address]);
        await using Sv1Miner miner = await translator.MineAsync("acct.steady");
        for (int i = 0; i < 20; i++)
        {
            Sv1Miner probe = await translator.MineAsync("acct.probe", waits: false);
            await probe.DisposeAsync();
        }
        await translator.UntilAsync(() => translator.Figure(FigureNames.Connections) == 1);

        Assert.Null(await miner.ShareAsync());
        Assert.Equal(0, translator.Figure(FigureNames.SharesRejected));
        Assert.Equal(1, pool.Connections);
    }

    private static async Task ReadToEndAsync(Socket socket)
    {
        byte[] buffer = new byte[4096];
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            while (await socket.ReceiveAsync(buffer, patience.Token) > 0)
            {
            }
        }
        catch (SocketException)
        {
            // Reset, since not all was read: closed all the same.
        }
    }
}
