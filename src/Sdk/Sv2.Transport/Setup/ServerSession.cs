using System.Globalization;
using Sv2.Protocol;
using Sv2.Protocol.Common;
using Sv2.Protocol.Extensions.ExtensionsNegotiation;
using Sv2.Transport.Internal;

namespace Sv2.Transport.Setup;

/// <summary>One connection's setup on the server's side, and the filter that stays on it.</summary>
internal sealed class ServerSession(ServerSetup setup, Sv2Connection connection) : IFrameHandler, ISessionFilter
{
    /// <summary>How often a client may ask before it is clear that it will not name what is required.</summary>
    private const int RequestsMax = 8;

    private readonly NegotiatedExtensions _extensions = new();
    private SetupResult? _accepted;
    private SetupFailure? _failure;
    private bool _isDone;
    private int _requests;

    internal SetupResult Result => _isDone && _accepted is not null
        ? _accepted
        : new SetupResult { Protocol = setup.Protocol, Failure = _failure ?? new SetupFailure(connection.Reason ?? CloseReason.LocalShutdown) };

    FrameVerdict IFrameHandler.OnFrame(in FrameHeader header, ReadOnlySpan<byte> payload) =>
        _accepted is null ? OnFirstFrame(in header, payload) : OnFrameWhileRequired(in header, payload);

    void IFrameHandler.OnBatchEnd()
    {
    }

    bool ISessionFilter.Takes(in FrameHeader header) => header.ExtensionType == 0
        ? header.MessageType <= SetupConnectionError.Info.MessageType
        : header.ExtensionType == RequestExtensions.Info.ExtensionType || (!header.IsChannelMessage && !_extensions.Contains(header.ExtensionType));

    FrameVerdict ISessionFilter.OnFrame(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (header.ExtensionType == 0)
            return Close(CloseKind.ProtocolViolation, $"a message of connection setup (type 0x{header.MessageType:x2}) came after the setup; version and flags hold for the connection's life");
        if (!IsRequest(in header))
        {
            TransportLog.UnknownExtensionIgnored(connection.Logger, connection.Id, header.ToString());
            return FrameVerdict.Continue;
        }

        return OnRequest(payload, out bool hasAll) is { } reason ? FrameVerdict.Close(reason)
            : hasAll ? FrameVerdict.Continue
            : Close(CloseKind.ExtensionRequired, "the client gave up an extension that is required here");
    }

    private static bool IsRequest(in FrameHeader header) =>
        header.ExtensionType == RequestExtensions.Info.ExtensionType && header.MessageType == RequestExtensions.Info.MessageType;

    private static FrameVerdict Close(CloseKind kind, string message) => FrameVerdict.Close(new CloseReason(kind, message));

    private FrameVerdict OnFirstFrame(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (header.ExtensionType != 0 || header.MessageType != SetupConnection.Info.MessageType)
            return Close(CloseKind.ProtocolViolation, $"the first frame must be SetupConnection, this is {header}");
        if (!SetupConnection.TryRead(payload, out SetupConnection request, out DecodeError error))
            return Refuse(ServerSetup.Malformed, 0, CloseReason.Malformed(SetupConnection.Info.Name, error.ToString()).Message);
        return Judge(in request);
    }

    private FrameVerdict Judge(in SetupConnection request)
    {
        if (request.Protocol != setup.Protocol)
            return Refuse(ServerSetup.UnsupportedProtocol, 0, $"protocol {(byte)request.Protocol} is not served here, only {(byte)setup.Protocol} ({setup.Protocol})");
        uint wrongFlags = (request.Flags & ~setup.SupportedFlags) | (setup.RequiredFlags & ~request.Flags);
        if (wrongFlags != 0)
            return Refuse(ServerSetup.UnsupportedFeatureFlags, wrongFlags, $"flags 0x{wrongFlags:x8} are not supported, or required and not set");
        if (setup.ChooseVersion(request.MinVersion, request.MaxVersion) is not { } version)
            return Refuse(ServerSetup.VersionMismatch, 0, $"no common version: the client speaks {request.MinVersion} to {request.MaxVersion}, this server {setup.MinVersion} to {setup.MaxVersion}");
        PeerInfo client = PeerInfo.From(in request);
        if (setup.Admit(client) is { } code) return Refuse(code, 0, $"not admitted: {code}");
        return Accept(in request, version, client);
    }

    private FrameVerdict Accept(in SetupConnection request, ushort version, PeerInfo client)
    {
        uint serverFlags = setup.SuccessFlags(request.Flags);
        _accepted = new SetupResult
        {
            Protocol = setup.Protocol,
            UsedVersion = version,
            ClientFlags = request.Flags,
            ServerFlags = serverFlags,
            Client = client,
            Extensions = _extensions,
        };
        connection.TrySend(new SetupConnectionSuccess { UsedVersion = version, Flags = serverFlags });
        TransportLog.SetUp(connection.Logger, connection.Id, setup.Protocol.ToString(), version, request.Flags, client.Vendor, client.HardwareVersion, client.Firmware);
        return setup.RequiredExtensions.Count == 0 ? Finish() : FrameVerdict.Continue;
    }

    private FrameVerdict Refuse(string code, uint flags, string message)
    {
        var reason = new CloseReason(CloseKind.SetupRefused, message);
        _failure = new SetupFailure(reason, code, flags);
        connection.TrySend(new SetupConnectionError { Flags = flags, ErrorCode = code });
        TransportLog.SetupRefused(connection.Logger, connection.Id, code, flags, message);
        return FrameVerdict.Close(reason);
    }

    private FrameVerdict OnFrameWhileRequired(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (!IsRequest(in header))
            return Close(CloseKind.ExtensionRequired, $"the client went on without the extensions {Join(setup.RequiredExtensions)}, which are required here ({header})");
        if (OnRequest(payload, out bool hasAll) is { } reason) return FrameVerdict.Close(reason);
        return hasAll ? Finish() : FrameVerdict.Continue;
    }

    private FrameVerdict Finish()
    {
        _isDone = true;
        connection.Filter = this;
        connection.MarkEstablished();
        return FrameVerdict.HandOver;
    }

    /// <summary>Answers one request. Returns why to close, or null.</summary>
    private CloseReason? OnRequest(ReadOnlySpan<byte> payload, out bool hasAll)
    {
        hasAll = false;
        if (!RequestExtensions.TryRead(payload, out RequestExtensions request, out DecodeError error))
            return CloseReason.Malformed(RequestExtensions.Info.Name, error.ToString());
        if (++_requests > RequestsMax)
            return CloseReason.Violation($"more than {RequestsMax} requests for extensions");

        ExtensionsAnswer answer = setup.Answer(request.RequestedExtensions.AsSpan());
        _extensions.Set(answer.Succeeds ? answer.Granted : []);
        hasAll = answer.Missing.Length == 0;
        if (answer.Succeeds)
            connection.TrySend(new RequestExtensionsSuccess { RequestId = request.RequestId, SupportedExtensions = answer.Granted });
        else
            connection.TrySend(new RequestExtensionsError { RequestId = request.RequestId, UnsupportedExtensions = answer.Unsupported, RequiredExtensions = answer.Missing });
        TransportLog.ExtensionsNegotiated(connection.Logger, connection.Id, _extensions.ToString());
        return null;
    }

    private static string Join(IEnumerable<ushort> extensions) =>
        string.Join(", ", extensions.Select(extension => extension.ToString("x4", CultureInfo.InvariantCulture)));
}
