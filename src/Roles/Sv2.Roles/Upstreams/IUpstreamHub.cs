using Microsoft.Extensions.Logging;
using Sv2.Protocol;

namespace Sv2.Roles.Upstreams;

/// <summary>What a session needs of the list it belongs to. Called without any lock of the session's.</summary>
internal interface IUpstreamHub
{
    TimeProvider Time { get; }

    ILogger Logger { get; }

    ILoggerFactory Loggers { get; }

    /// <summary>Passes on what the pool said.</summary>
    void Tell(UpstreamSession session, IReadOnlyList<Action<IUpstreamObserver>> news);

    /// <summary>Passes on a frame of no known message.</summary>
    void TellUnknown(UpstreamSession session, in FrameHeader header, ReadOnlySpan<byte> payload);

    /// <summary>The pool asks to go elsewhere.</summary>
    void OnLeaving(UpstreamSession session);

    /// <summary>The connection has ended.</summary>
    void OnEnded(UpstreamSession session, long unanswered);
}
