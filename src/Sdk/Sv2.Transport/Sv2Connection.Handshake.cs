using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using Sv2.Noise;
using Sv2.Transport.Internal;

namespace Sv2.Transport;

// How an encrypted connection comes about (§4.5): client -> 64 bytes, server -> 234 bytes, done.
public sealed partial class Sv2Connection
{
    /// <summary>What the client's first bytes look like, where they are no Noise key; only for the text of an error.</summary>
    private string? FirstBytesHint { get; init; }

    /// <summary>Secures a transport as a client and checks the server's certificate, before anything else is sent.</summary>
    /// <param name="transport">The bytes; owned by the connection from here on, and completed when the handshake fails.</param>
    /// <param name="authority">The key that must have signed the server's certificate. Null accepts any server: insecure.</param>
    /// <param name="options">Limits; null for the defaults.</param>
    /// <param name="clock">The clock for time limits and certificates; null for the system's.</param>
    /// <param name="logger">Where to log; null for nowhere.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="HandshakeException">The handshake failed, was not finished in time, or the server is not the one it should be.</exception>
    /// <exception cref="OperationCanceledException">Given up.</exception>
    public static Task<Sv2Connection> ConnectAsync(
        IDuplexPipe transport, AuthorityPublicKey? authority, ConnectionOptions? options = null, TimeProvider? clock = null,
        ILogger? logger = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(transport);
        options ??= new ConnectionOptions();
        options.Validate();
        clock ??= TimeProvider.System;
        return ConnectAsync(transport, context: null, authority, options, clock, clock.GetTimestamp(), logger, cancellation);
    }

    /// <summary>Secures a transport as a server.</summary>
    /// <param name="transport">The bytes; owned by the connection from here on, and completed when the handshake fails.</param>
    /// <param name="credentials">The server's key and certificate; not owned.</param>
    /// <param name="options">Limits; null for the defaults.</param>
    /// <param name="clock">The clock for time limits; null for the system's.</param>
    /// <param name="logger">Where to log; null for nowhere.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="HandshakeException">The client did not send its part in time.</exception>
    /// <exception cref="OperationCanceledException">Given up.</exception>
    public static Task<Sv2Connection> AcceptAsync(
        IDuplexPipe transport, ServerCredentials credentials, ConnectionOptions? options = null, TimeProvider? clock = null,
        ILogger? logger = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(transport);
        ArgumentNullException.ThrowIfNull(credentials);
        options ??= new ConnectionOptions();
        options.Validate();
        return AcceptAsync(transport, context: null, credentials, options, clock ?? TimeProvider.System, logger, cancellation);
    }

    internal static Task<Sv2Connection> ConnectAsync(
        IDuplexPipe transport, ConnectionContext? context, AuthorityPublicKey? authority, ConnectionOptions options,
        TimeProvider clock, long started, ILogger? logger, CancellationToken cancellation) =>
        HandshakeAsync(transport, context, options, clock, cancellation, async timeLimit =>
        {
            using var initiator = new NoiseInitiator(authority, clock);
            initiator.WriteAct1(transport.Output.GetSpan(NoiseInitiator.Act1Size)[..NoiseInitiator.Act1Size]);
            transport.Output.Advance(NoiseInitiator.Act1Size);
            await transport.Output.FlushAsync(timeLimit).ConfigureAwait(false);

            byte[] act2 = await ReadExactlyAsync(transport.Input, NoiseInitiator.Act2Size, timeLimit).ConfigureAwait(false);
            if (!initiator.TryReadAct2(act2, out NoiseSession? session, out NoiseFailure? failure))
                throw new HandshakeException(new CloseReason(CloseKind.HandshakeFailed, failure.Message), failure);
            return new Sv2Connection(transport, context, session, options, clock, logger) { ConnectTime = clock.GetElapsedTime(started) };
        });

    internal static Task<Sv2Connection> AcceptAsync(
        IDuplexPipe transport, ConnectionContext? context, ServerCredentials credentials, ConnectionOptions options,
        TimeProvider clock, ILogger? logger, CancellationToken cancellation) =>
        HandshakeAsync(transport, context, options, clock, cancellation, async timeLimit =>
        {
            byte[] act1 = await ReadExactlyAsync(transport.Input, NoiseResponder.Act1Size, timeLimit).ConfigureAwait(false);
            using var responder = new NoiseResponder(credentials);
            NoiseSession session = responder.ReadAct1AndWriteAct2(act1, transport.Output.GetSpan(NoiseResponder.Act2Size)[..NoiseResponder.Act2Size]);
            transport.Output.Advance(NoiseResponder.Act2Size);
            await transport.Output.FlushAsync(timeLimit).ConfigureAwait(false);
            return new Sv2Connection(transport, context, session, options, clock, logger) { FirstBytesHint = ForeignProtocol.Recognise(act1) };
        });

    private static async Task<Sv2Connection> HandshakeAsync(
        IDuplexPipe transport, ConnectionContext? context, ConnectionOptions options, TimeProvider clock,
        CancellationToken cancellation, Func<CancellationToken, Task<Sv2Connection>> acts)
    {
        long started = clock.GetTimestamp();
        using var limit = new TimeLimit(options.HandshakeTimeout, clock, cancellation);
        try
        {
            Sv2Connection connection = await acts(limit.Token).ConfigureAwait(false);
            TransportMetrics.Handshake(succeeded: true, clock.GetElapsedTime(started));
            return connection;
        }
        catch (Exception e)
        {
            TransportMetrics.Handshake(succeeded: false, clock.GetElapsedTime(started));
            await GiveUpAsync(transport, context).ConfigureAwait(false);
            cancellation.ThrowIfCancellationRequested();
            if (e is HandshakeException) throw;
            throw new HandshakeException(limit.IsUp
                ? new CloseReason(CloseKind.HandshakeTimeout, $"the handshake was not finished within {Seconds(options.HandshakeTimeout)}")
                : NetworkErrors.Classify(e));
        }
    }

    private static async ValueTask GiveUpAsync(IDuplexPipe transport, ConnectionContext? context)
    {
        try
        {
            await transport.Output.CompleteAsync().ConfigureAwait(false);
            await transport.Input.CompleteAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (NetworkErrors.IsExpected(e))
        {
            // Nothing to save: the handshake failed already.
        }

        if (context is null) return;
        context.Abort(new ConnectionAbortedException("the handshake failed"));
        await DisposeContextAsync(context).ConfigureAwait(false);
    }

    private static async ValueTask<byte[]> ReadExactlyAsync(PipeReader input, int count, CancellationToken cancellation)
    {
        ReadResult read = await input.ReadAtLeastAsync(count, cancellation).ConfigureAwait(false);
        if (read.Buffer.Length < count)
        {
            long received = read.Buffer.Length;
            input.AdvanceTo(read.Buffer.Start);
            throw new HandshakeException(new CloseReason(CloseKind.Truncated, received == 0
                ? "the peer closed the connection before the handshake"
                : $"the peer closed the connection after {received} of {count} handshake bytes"));
        }

        byte[] bytes = read.Buffer.Slice(0, count).ToArray();
        input.AdvanceTo(read.Buffer.GetPosition(count));
        return bytes;
    }
}
