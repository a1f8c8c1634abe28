using System.Net;
using Microsoft.Extensions.Logging;

namespace Sv2.Transport.Internal;

/// <summary>Every line this assembly logs. No secrets; text from peers only through <see cref="Protocol.LogText"/>.</summary>
internal static partial class TransportLog
{
    internal static void ConnectionClosed(ILogger logger, CloseReason reason, long id, EndPoint? peer)
    {
        switch (reason.Party)
        {
            case CloseParty.Local when reason.Kind == CloseKind.LocalFailure:
                ClosedByFailure(logger, reason.Exception, id, peer, reason.Kind, reason.Message);
                break;
            case CloseParty.Peer or CloseParty.Incompatible:
                ClosedByPeerFault(logger, id, peer, reason.Kind, reason.Message);
                break;
            default:
                ClosedOrderly(logger, id, peer, reason.Kind, reason.Message);
                break;
        }
    }

    [LoggerMessage(1, LogLevel.Debug, "Connection {Id} from {Peer} open, encrypted: {Encrypted}")]
    internal static partial void Opened(ILogger logger, long id, EndPoint? peer, bool encrypted);

    [LoggerMessage(2, LogLevel.Debug, "Connection {Id} with {Peer} closed: {Kind}: {Reason}")]
    private static partial void ClosedOrderly(ILogger logger, long id, EndPoint? peer, CloseKind kind, string reason);

    [LoggerMessage(3, LogLevel.Information, "Connection {Id} with {Peer} closed: {Kind}: {Reason}")]
    private static partial void ClosedByPeerFault(ILogger logger, long id, EndPoint? peer, CloseKind kind, string reason);

    [LoggerMessage(4, LogLevel.Error, "Connection {Id} with {Peer} closed: {Kind}: {Reason}")]
    private static partial void ClosedByFailure(ILogger logger, Exception? exception, long id, EndPoint? peer, CloseKind kind, string reason);

    [LoggerMessage(5, LogLevel.Information, "Handshake with {Peer} failed: {Kind}: {Reason}")]
    internal static partial void HandshakeFailed(ILogger logger, EndPoint? peer, CloseKind kind, string reason);

    [LoggerMessage(6, LogLevel.Information, "Listening on {EndPoint}, encrypted: {Encrypted}")]
    internal static partial void Listening(ILogger logger, EndPoint endPoint, bool encrypted);

    [LoggerMessage(7, LogLevel.Information, "Stopped listening on {EndPoint}")]
    internal static partial void StoppedListening(ILogger logger, EndPoint endPoint);

    [LoggerMessage(8, LogLevel.Debug, "Refused a connection from {Peer}: {Reason}")]
    internal static partial void Refused(ILogger logger, EndPoint? peer, string reason);

    [LoggerMessage(9, LogLevel.Error, "The handler of connection {Id} with {Peer} failed")]
    internal static partial void HandlerFailed(ILogger logger, Exception exception, long id, EndPoint? peer);

    [LoggerMessage(10, LogLevel.Error, "Accepting on {EndPoint} failed; no more connections are taken")]
    internal static partial void AcceptFailed(ILogger logger, Exception exception, EndPoint endPoint);

    [LoggerMessage(11, LogLevel.Debug, "Connection {Id}: set up as {Protocol}, version {Version}, flags 0x{Flags:x8}, peer {Vendor} {Hardware} {Firmware}")]
    internal static partial void SetUp(ILogger logger, long id, string protocol, ushort version, uint flags, string vendor, string hardware, string firmware);

    [LoggerMessage(12, LogLevel.Information, "Connection {Id}: setup refused with {Code}, flags 0x{Flags:x8}: {Reason}")]
    internal static partial void SetupRefused(ILogger logger, long id, string code, uint flags, string reason);

    [LoggerMessage(13, LogLevel.Debug, "Connection {Id}: extensions negotiated: {Extensions}")]
    internal static partial void ExtensionsNegotiated(ILogger logger, long id, string extensions);

    [LoggerMessage(14, LogLevel.Debug, "Connection {Id}: ignored a frame of an extension that was not negotiated ({Frame})")]
    internal static partial void UnknownExtensionIgnored(ILogger logger, long id, string frame);

    [LoggerMessage(15, LogLevel.Information, "Connection {Id}: the server sets flags that are not known: 0x{Flags:x8}")]
    internal static partial void UnknownServerFlags(ILogger logger, long id, uint flags);

    [LoggerMessage(16, LogLevel.Information, "{Server} does not answer extension negotiation; connecting again, attempt {Attempt} of {AttemptsMax}")]
    internal static partial void ExtensionsUnanswered(ILogger logger, string server, int attempt, int attemptsMax);
}
