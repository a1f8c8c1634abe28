using Sv2.Protocol;
using Sv2.Protocol.Common;
using Sv2.Protocol.Extensions.ExtensionsNegotiation;
using Sv2.Transport.Internal;

namespace Sv2.Transport.Setup;

/// <summary>One connection's setup on the client's side, and the filter that stays on it.</summary>
internal sealed class ClientSession(ClientSetup setup, Sv2Connection connection) : IFrameHandler, ISessionFilter
{
    private const int RequestsMax = 2;

    private readonly NegotiatedExtensions _extensions = new();
    private readonly SetupConnection _request = setup.ToMessage(connection);
    private readonly long _started = connection.Clock.GetTimestamp();
    private Stage _stage = Stage.AwaitsSetup;
    private SetupConnectionSuccess _success;
    private SetupFailure? _failure;
    private TimeSpan _setupTime;
    private TimeSpan _extensionsTime;
    private ushort _requestId;
    private bool _answered;

    // AwaitsSetup ── Success, nothing to negotiate ──────────────► Done
    //      └──────── Success ─► AwaitsExtensions ─ answer/silence ─► Done
    private enum Stage
    {
        AwaitsSetup,
        AwaitsExtensions,
        Done,
    }

    internal async Task<SetupResult> RunAsync(CancellationToken cancellation)
    {
        connection.TrySend(in _request);
        await connection.RunAsync(this, cancellation).ConfigureAwait(false);
        _setupTime = connection.Clock.GetElapsedTime(_started);
        if (_stage == Stage.AwaitsExtensions && connection.Reason is null) await NegotiateAsync(cancellation).ConfigureAwait(false);
        return connection.Reason is null ? Agreed() : Failed(connection.Reason);
    }

    FrameVerdict IFrameHandler.OnFrame(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (IsIgnorable(in header))
        {
            TransportLog.UnknownExtensionIgnored(connection.Logger, connection.Id, header.ToString());
            return FrameVerdict.Continue;
        }

        if (Is<Reconnect>(in header)) return OnReconnect(payload);
        return _stage == Stage.AwaitsSetup ? OnSetupAnswer(in header, payload) : OnExtensionsAnswer(in header, payload);
    }

    void IFrameHandler.OnBatchEnd()
    {
    }

    bool ISessionFilter.Takes(in FrameHeader header) => header.ExtensionType == 0
        ? header.MessageType <= SetupConnectionError.Info.MessageType || (header.MessageType == Reconnect.Info.MessageType && setup.ClosesOnReconnect)
        : header.ExtensionType == RequestExtensions.Info.ExtensionType || (!header.IsChannelMessage && !_extensions.Contains(header.ExtensionType));

    FrameVerdict ISessionFilter.OnFrame(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (Is<Reconnect>(in header)) return OnReconnect(payload);
        if (header.ExtensionType == 0)
            return Close(CloseKind.ProtocolViolation, $"a message of connection setup (type 0x{header.MessageType:x2}) came after the setup");
        // An extension that was not negotiated, or an answer that came after we stopped waiting for it.
        TransportLog.UnknownExtensionIgnored(connection.Logger, connection.Id, header.ToString());
        return FrameVerdict.Continue;
    }

    private static bool Is<T>(in FrameHeader header) where T : IMessage<T> =>
        header.ExtensionType == T.Info.ExtensionType && header.MessageType == T.Info.MessageType;

    private static FrameVerdict Close(CloseKind kind, string message) => FrameVerdict.Close(new CloseReason(kind, message));

    private static bool IsIgnorable(in FrameHeader header) =>
        header.ExtensionType != 0 && header.ExtensionType != RequestExtensions.Info.ExtensionType && !header.IsChannelMessage;

    private FrameVerdict OnSetupAnswer(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (Is<SetupConnectionError>(in header)) return OnError(payload);
        if (!Is<SetupConnectionSuccess>(in header))
            return Close(CloseKind.ProtocolViolation, $"the answer to SetupConnection must be Success or Error, this is {header}");
        if (!SetupConnectionSuccess.TryRead(payload, out _success, out DecodeError error))
            return FrameVerdict.Close(CloseReason.Malformed(SetupConnectionSuccess.Info.Name, error.ToString()));
        if (_success.UsedVersion < setup.MinVersion || _success.UsedVersion > setup.MaxVersion)
            return Close(CloseKind.ProtocolViolation, $"the server chose version {_success.UsedVersion}, offered were {setup.MinVersion} to {setup.MaxVersion}");
        uint unknown = _success.Flags & ~setup.KnownServerFlags;
        if (unknown != 0) TransportLog.UnknownServerFlags(connection.Logger, connection.Id, unknown);

        if (setup.RequestedExtensions.Count > 0)
        {
            _stage = Stage.AwaitsExtensions;
            SendRequest([.. setup.RequestedExtensions]);
        }
        else
        {
            Finish();
        }

        return FrameVerdict.HandOver;
    }

    private FrameVerdict OnError(ReadOnlySpan<byte> payload)
    {
        if (!SetupConnectionError.TryRead(payload, out SetupConnectionError refusal, out DecodeError error))
            return FrameVerdict.Close(CloseReason.Malformed(SetupConnectionError.Info.Name, error.ToString()));
        string code = LogText.Sanitise(refusal.ErrorCode);
        string message = refusal.Flags == 0
            ? $"the server refused the connection: \"{code}\""
            : $"the server refused the connection: it does not support the flags 0x{refusal.Flags:x8} (\"{code}\")";
        var reason = new CloseReason(CloseKind.SetupRefused, message);
        _failure = new SetupFailure(reason, code, refusal.Flags);
        TransportLog.SetupRefused(connection.Logger, connection.Id, code, refusal.Flags, message);
        return FrameVerdict.Close(reason);
    }

    private FrameVerdict OnReconnect(ReadOnlySpan<byte> payload)
    {
        if (!Reconnect.TryRead(payload, out Reconnect request, out DecodeError error))
            return FrameVerdict.Close(CloseReason.Malformed(Reconnect.Info.Name, error.ToString()));
        connection.ReconnectRequest = request;
        return Close(CloseKind.ReconnectRequested, $"the server asks to reconnect to {Or(LogText.Sanitise(request.NewHost), "the same host")}, {(request.NewPort == 0 ? "same port" : $"port {request.NewPort}")}");
    }

    private static string Or(string text, string otherwise) => text.Length == 0 ? otherwise : text;

    /// <summary>Waits for the answer to RequestExtensions; silence is an answer too, from a server that does not know it.</summary>
    private async Task NegotiateAsync(CancellationToken cancellation)
    {
        TimeSpan wait = (connection.ConnectTime + _setupTime) * setup.TimeoutFactor;
        if (wait < setup.ExtensionsTimeoutMin) wait = setup.ExtensionsTimeoutMin;
        ITimer timer = connection.Clock.CreateTimer(
            static state => ((Sv2Connection)state!).Interrupt(), connection, wait, Timeout.InfiniteTimeSpan);
        await connection.RunAsync(this, cancellation).ConfigureAwait(false);
        await timer.DisposeAsync().ConfigureAwait(false);
        // The answer and the timer may have come together.
        connection.ForgetInterrupt();
        _extensionsTime = connection.Clock.GetElapsedTime(_started) - _setupTime;
        if (_stage != Stage.Done && connection.Reason is null) Finish();
    }

    private void SendRequest(ushort[] extensions) =>
        connection.TrySend(new RequestExtensions { RequestId = ++_requestId, RequestedExtensions = extensions });

    private FrameVerdict OnExtensionsAnswer(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (Is<RequestExtensionsSuccess>(in header)) return OnGranted(payload);
        if (Is<RequestExtensionsError>(in header)) return OnDenied(payload);
        return Close(CloseKind.ProtocolViolation, $"the answer to RequestExtensions must be Success or Error, this is {header}");
    }

    private FrameVerdict OnGranted(ReadOnlySpan<byte> payload)
    {
        if (!RequestExtensionsSuccess.TryRead(payload, out RequestExtensionsSuccess answer, out DecodeError error))
            return FrameVerdict.Close(CloseReason.Malformed(RequestExtensionsSuccess.Info.Name, error.ToString()));
        if (answer.RequestId != _requestId) return WrongId(answer.RequestId);
        // Only what was asked for counts, whatever the server lists.
        _extensions.Set(answer.SupportedExtensions.ToArray().Where(IsUsable));
        _answered = true;
        Finish();
        return FrameVerdict.HandOver;
    }

    private FrameVerdict OnDenied(ReadOnlySpan<byte> payload)
    {
        if (!RequestExtensionsError.TryRead(payload, out RequestExtensionsError answer, out DecodeError error))
            return FrameVerdict.Close(CloseReason.Malformed(RequestExtensionsError.Info.Name, error.ToString()));
        if (answer.RequestId != _requestId) return WrongId(answer.RequestId);
        ushort[] required = answer.RequiredExtensions.ToArray();
        ushort[] unsupported = answer.UnsupportedExtensions.ToArray();
        if (required.Length == 0)
        {
            _answered = true;
            Finish();
            return FrameVerdict.HandOver;
        }

        if (_requestId >= RequestsMax || !Array.TrueForAll(required, IsUsable))
            return Close(CloseKind.ExtensionRequired, $"the server requires the extensions {string.Join(", ", required.Select(extension => $"0x{extension:x4}"))}");
        SendRequest([.. setup.RequestedExtensions.Except(unsupported).Union(required)]);
        return FrameVerdict.Continue;
    }

    private bool IsUsable(ushort extension) => setup.RequestedExtensions.Contains(extension) || setup.ExtensionsOnDemand.Contains(extension);

    private FrameVerdict WrongId(ushort id) =>
        Close(CloseKind.ProtocolViolation, $"field request_id: the answer carries {id}, the request carried {_requestId}");

    private void Finish()
    {
        _stage = Stage.Done;
        connection.Filter = this;
        connection.MarkEstablished();
        TransportLog.SetUp(connection.Logger, connection.Id, setup.Protocol.ToString(), _success.UsedVersion, setup.Flags, setup.Vendor, setup.HardwareVersion, setup.Firmware);
        if (_answered) TransportLog.ExtensionsNegotiated(connection.Logger, connection.Id, _extensions.ToString());
    }

    private SetupResult Agreed() => new()
    {
        Protocol = setup.Protocol,
        UsedVersion = _success.UsedVersion,
        ClientFlags = setup.Flags,
        ServerFlags = _success.Flags,
        Client = PeerInfo.From(in _request),
        Extensions = _extensions,
        ExtensionsAnswered = _answered || setup.RequestedExtensions.Count == 0,
        SetupTime = _setupTime,
        ExtensionsTime = _extensionsTime,
    };

    private SetupResult Failed(CloseReason reason) => new()
    {
        Protocol = setup.Protocol,
        Failure = _failure ?? new SetupFailure(reason),
        SetupTime = _setupTime,
        ExtensionsTime = _extensionsTime,
    };
}
