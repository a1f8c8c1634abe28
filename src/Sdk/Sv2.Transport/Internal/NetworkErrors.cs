using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Sv2.Noise;

namespace Sv2.Transport.Internal;

/// <summary>Tells what the network does to everybody from what is wrong with us.</summary>
internal static class NetworkErrors
{
    /// <summary>Resets, aborts and broken pipes: the daily weather, not worth an error in the log.</summary>
    internal static bool IsExpected(Exception e) => e is IOException or SocketException or OperationCanceledException or ObjectDisposedException;

    /// <summary>The reason of close for an exception from a transport's pipe or from the cipher.</summary>
    internal static CloseReason Classify(Exception e) => e switch
    {
        ConnectionResetException => new CloseReason(CloseKind.NetworkFailure, "the peer reset the connection", e),
        ConnectionAbortedException => new CloseReason(CloseKind.NetworkFailure, "the connection was cut", e),
        SocketException socket => new CloseReason(CloseKind.NetworkFailure, $"the socket failed: {socket.SocketErrorCode}", e),
        IOException or OperationCanceledException or ObjectDisposedException => new CloseReason(CloseKind.NetworkFailure, "the connection broke", e),
        _ => new CloseReason(CloseKind.LocalFailure, $"our side failed: {e.GetType().Name}", e),
    };
}
