using Sv2.Noise;
using Sv2.Protocol.Common;
using Sv2.TestKit;
using Sv2.Transport.Tests.Support;

namespace Sv2.Transport.Tests;

/// <summary>Who gets through the handshake, and that nothing else is sent or delivered before.</summary>
public class HandshakeTests
{
    [Fact]
    [Trait("spec", "75")]
    [Trait("spec", "110")]
    public async Task Sends_nothing_but_its_key_before_the_server_has_proven_itself()
    {
        (InMemoryDuplex client, InMemoryDuplex server) = InMemoryDuplex.CreatePair();
        Task<Sv2Connection> connecting = Sv2Connection.ConnectAsync(client, Keys.Authority.PublicKey);
        await using var peer = new ScriptedPeer(server);
        await peer.HandshakeAsServerAsync(Keys.Credentials);
        await using Sv2Connection connection = await connecting;
        Assert.True(connection.IsEncrypted);
        Assert.Equal(0, connection.BytesSent);
        connection.TrySend(new SetupConnectionSuccess { UsedVersion = 2, Flags = 0 });
        Assert.Equal(2, (await peer.ExpectAsync<SetupConnectionSuccess>()).UsedVersion);
    }

    [Fact]
    [Trait("spec", "93")]
    public async Task Any_flipped_bit_of_the_servers_answer_ends_the_session()
    {
        // One bit of each of the 234 bytes; the handshake's own tests take every bit.
        for (int at = 0; at < NoiseInitiator.Act2Size; at++)
        {
            (InMemoryDuplex client, InMemoryDuplex server) = InMemoryDuplex.CreatePair();
            Task<Sv2Connection> connecting = Sv2Connection.ConnectAsync(client, Keys.Authority.PublicKey);
            await using var peer = new ScriptedPeer(server);
            using var responder = new NoiseResponder(Keys.Credentials);
            byte[] act2 = new byte[NoiseInitiator.Act2Size];
            using NoiseSession session = responder.ReadAct1AndWriteAct2(await peer.ReceiveRawAsync(64), act2);
            act2[at] ^= (byte)(1 << (at % 8));
            await peer.SendRawAsync(act2);
            var e = await Assert.ThrowsAsync<HandshakeException>(() => connecting);
            Assert.Equal(CloseKind.HandshakeFailed, e.Reason.Kind);
            await peer.ExpectCloseAsync();
        }
    }

    [Fact]
    [Trait("spec", "93")]
    public async Task A_flipped_bit_of_the_clients_key_ends_the_session()
    {
        (InMemoryDuplex client, InMemoryDuplex server) = InMemoryDuplex.CreatePair();
        Task<Sv2Connection> accepting = Sv2Connection.AcceptAsync(server, Keys.Credentials);
        await using var peer = new ScriptedPeer(client);
        using var initiator = new NoiseInitiator(Keys.Authority.PublicKey, TimeProvider.System);
        byte[] act1 = new byte[64];
        initiator.WriteAct1(act1);
        act1[17] ^= 4;
        await peer.SendRawAsync(act1);
        byte[] act2 = await peer.ReceiveRawAsync(234);
        Assert.False(initiator.TryReadAct2(act2, out _, out NoiseFailure? failure));
        Assert.Equal(NoiseFailureKind.AuthenticationFailed, failure.Kind);
        await using Sv2Connection connection = await accepting;
    }

    [Theory]
    [InlineData(NoiseFailureKind.WrongAuthority)]
    [InlineData(NoiseFailureKind.CertificateExpired)]
    [InlineData(NoiseFailureKind.CertificateNotYetValid)]
    [Trait("spec", "94")]
    [Trait("spec", "96")]
    [Trait("spec", "97")]
    public async Task Refuses_a_wrong_certificate_before_anything_is_sent(NoiseFailureKind expected)
    {
        var clock = new ManualTimeProvider();
        DateTimeOffset now = clock.GetUtcNow();
        using ServerCredentials credentials = expected == NoiseFailureKind.WrongAuthority
            ? Keys.NewCredentials(clock, Keys.OtherAuthority)
            : Keys.NewCredentials(new ManualTimeProvider(expected == NoiseFailureKind.CertificateExpired ? now.AddDays(-30) : now.AddDays(30)));
        (InMemoryDuplex client, InMemoryDuplex server) = InMemoryDuplex.CreatePair();
        Task<Sv2Connection> connecting = Sv2Connection.ConnectAsync(client, Keys.Authority.PublicKey, clock: clock);
        await using var peer = new ScriptedPeer(server);
        await peer.HandshakeAsServerAsync(credentials);
        var e = await Assert.ThrowsAsync<HandshakeException>(() => connecting);
        Assert.Equal(expected, e.Failure!.Kind);
        // No byte after the 64 of act 1: SetupConnection was never sent.
        await peer.ExpectCloseAsync();
    }

    [Fact]
    [Trait("spec", "98")]
    public async Task Later_connections_get_a_renewed_certificate()
    {
        var clock = new ManualTimeProvider();
        using ServerCredentials credentials = Keys.NewCredentials(clock, validity: TimeSpan.FromSeconds(60));
        for (int i = 0; i < 3; i++)
        {
            (InMemoryDuplex client, InMemoryDuplex server) = InMemoryDuplex.CreatePair();
            Task<Sv2Connection> accepting = Sv2Connection.AcceptAsync(server, credentials, clock: clock);
            await using Sv2Connection connection = await Sv2Connection.ConnectAsync(client, Keys.Authority.PublicKey, clock: clock);
            await using Sv2Connection accepted = await accepting;
            Assert.True(connection.Certificate!.NotValidAfter > clock.GetUtcNow());
            clock.Advance(TimeSpan.FromSeconds(120));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(233)]
    public async Task A_server_that_leaves_during_the_handshake_is_told_apart(int bytes)
    {
        (InMemoryDuplex client, InMemoryDuplex server) = InMemoryDuplex.CreatePair();
        Task<Sv2Connection> connecting = Sv2Connection.ConnectAsync(client, Keys.Authority.PublicKey);
        await using var peer = new ScriptedPeer(server);
        await peer.SendRawAsync(new byte[bytes]);
        await peer.EndAsync();
        var e = await Assert.ThrowsAsync<HandshakeException>(() => connecting);
        Assert.Equal(CloseKind.Truncated, e.Reason.Kind);
    }

    [Fact]
    public async Task Garbage_instead_of_a_handshake_ends_at_the_first_frame()
    {
        (InMemoryDuplex client, InMemoryDuplex server) = InMemoryDuplex.CreatePair();
        Task<Sv2Connection> accepting = Sv2Connection.AcceptAsync(server, Keys.Credentials);
        await using var peer = new ScriptedPeer(client);
        byte[] request = [.. "{\"id\": 1, \"method\": \"mining.subscribe\", \"params\": [\"cgminer/4.10\"]}\n"u8];
        await peer.SendRawAsync(request);
        await peer.SendRawAsync(new byte[64]);
        await using Sv2Connection connection = await accepting;
        var handler = new RecordingHandler();
        await connection.RunAsync(handler);
        Assert.Equal(CloseKind.DecryptFailed, connection.Reason!.Kind);
        Assert.Contains("Stratum V1", connection.Reason.Message, StringComparison.Ordinal);
        Assert.Equal(0, handler.Count);
    }

    [Fact]
    public async Task Can_be_cancelled()
    {
        using var cancellation = new CancellationTokenSource();
        (InMemoryDuplex client, InMemoryDuplex server) = InMemoryDuplex.CreatePair();
        Task<Sv2Connection> connecting = Sv2Connection.ConnectAsync(client, Keys.Authority.PublicKey, cancellation: cancellation.Token);
        await using var peer = new ScriptedPeer(server);
        await peer.ReceiveRawAsync(64);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting);
        await peer.ExpectCloseAsync();
    }
}
