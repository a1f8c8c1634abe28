using Sv2.Mining.Client;
using Sv2.Protocol;
using Sv2.Protocol.Common;
using Sv2.Protocol.Extensions.ExtensionsNegotiation;
using Sv2.Protocol.Mining;

namespace Sv2.Native.Client;

// What the server sends besides mining messages.
internal sealed partial class MiningClient : ICommonClientHandler, IExtensionsNegotiationClientHandler
{
    private const ushort ExtensionsRequestId = 1;

    public void OnSetupConnectionSuccess(in SetupConnectionSuccessView message)
    {
        if (_step != Step.Setup)
        {
            Close("the server accepted the connection twice");
            return;
        }
        if (message.UsedVersion < _settings.Setup.MinVersion || message.UsedVersion > _settings.Setup.MaxVersion)
        {
            Close($"the server chose protocol version {message.UsedVersion}, which was not offered");
            return;
        }
        _step = Step.Open;
        _session = new MiningClientSession(this, this, _settings.Clock, (MiningSetupSuccessFlags)message.Flags);
        if (_settings.Extensions.Length > 0)
            Send(new RequestExtensions { RequestId = ExtensionsRequestId, RequestedExtensions = _settings.Extensions });
        _events.Enqueue(new ClientEvent(ClientEventType.Connected) { Flags = message.Flags });
    }

    public void OnSetupConnectionError(in SetupConnectionErrorView message)
    {
        if (_step != Step.Setup)
        {
            Close("the server refused a connection that it had accepted");
            return;
        }
        var reason = Text.CopyOf(message.ErrorCode).ToString();
        _events.Enqueue(new ClientEvent(ClientEventType.SetupRefused) { Flags = message.Flags, Text = reason });
        Close($"the server refused the connection: {reason}");
    }

    public void OnChannelEndpointChanged(in ChannelEndpointChangedView message)
    {
        if (_step != Step.Open)
            Close("the server sent ChannelEndpointChanged before it accepted the connection");
        else
            _events.Enqueue(new ClientEvent(ClientEventType.EndpointChanged) { ChannelId = message.ChannelId });
    }

    public void OnReconnect(in ReconnectView message)
    {
        if (_step != Step.Open)
            Close("the server sent Reconnect before it accepted the connection");
        else
            _events.Enqueue(new ClientEvent(ClientEventType.Reconnect) { Text = Text.CopyOf(message.NewHost).ToString(), Port = message.NewPort });
    }

    public void OnRequestExtensionsSuccess(in RequestExtensionsSuccessView message)
    {
        if (!IsAnswer(message.RequestId))
            return;
        foreach (var extension in message.SupportedExtensions)
        {
            if (_settings.Extensions.Contains(extension))
                _extensions.Add(extension);
        }
        _events.Enqueue(new ClientEvent(ClientEventType.Extensions) { Count = (uint)_extensions.Count });
    }

    public void OnRequestExtensionsError(in RequestExtensionsErrorView message)
    {
        if (!IsAnswer(message.RequestId))
            return;
        List<string> required = [];
        foreach (var extension in message.RequiredExtensions)
            required.Add($"0x{extension:x4}");
        _events.Enqueue(new ClientEvent(ClientEventType.Extensions)
        {
            Text = required.Count == 0 ? "the server supports none of the extensions" : $"the server requires {string.Join(", ", required)}",
            IsFatal = required.Count > 0,
        });
    }

    private bool IsAnswer(ushort requestId)
    {
        if (_settings.Extensions.Length > 0 && requestId == ExtensionsRequestId)
            return true;
        OnViolation(new ProtocolViolation("RequestExtensions", 0, $"answers request {requestId}, which was not made", IsFatal: false));
        return false;
    }
}
