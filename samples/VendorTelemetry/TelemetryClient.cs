using Sv2.Noise;
using Sv2.Protocol;
using Sv2.Protocol.Common;
using Sv2.Protocol.Mining;
using Sv2.Transport;
using Sv2.Transport.Setup;
using VendorTelemetry.Extensions.FanControl;

namespace VendorTelemetry;

/// <summary>The device's side: sends a report and a share with its temperature, and waits to be cooled.</summary>
internal static class TelemetryClient
{
    private const uint Channel = 7;

    /// <summary>Talks to one server. Opening a channel and real work are left out: this sample is about the extension.</summary>
    public static async Task<int> RunAsync(ConnectionString server)
    {
        await using Sv2Connection connection = await Sv2Connector.ConnectAsync(server);
        ClientSetup setup = new()
        {
            Protocol = Subprotocol.Mining,
            Vendor = "Sample vendor",
            RequestedExtensions = [Telemetry.ExtensionType, FanControlExtension.ExtensionType],
        };
        SetupResult session = await setup.RunAsync(connection, default);
        if (!session.Succeeded || !session.Extensions.Contains(Telemetry.ExtensionType))
        {
            Console.WriteLine("the server does not know the extension");
            return 1;
        }

        connection.TrySend(new TelemetryReport { ChannelId = Channel, Model = "S-1", Watts = 3250, Fans = [5800, 6020] });
        SendShare(connection);
        await connection.RunAsync(new Handler());
        return 0;
    }

    private static void SendShare(Sv2Connection connection)
    {
        SubmitSharesExtended share = new() { ChannelId = Channel, SequenceNumber = 1, JobId = 1, Nonce = 2, NTime = 3, Version = 4, Extranonce = new byte[8] };
        TlvWriter tlvs = new(stackalloc byte[16]);
        new ChipTemperature { Value = 912 }.Write(ref tlvs);
        connection.TrySend(in share, tlvs.Written);
    }

    private sealed class Handler : IFrameHandler, IFanControlClientHandler
    {
        private bool _isCooled;

        public FrameVerdict OnFrame(in FrameHeader header, ReadOnlySpan<byte> payload)
        {
            DispatchResult result = FanControlDispatcher.DispatchToClient(in header, payload, this);
            if (result.Outcome == DispatchOutcome.Malformed) return FrameVerdict.Close(CloseReason.Violation(result.ToString()));
            return _isCooled ? FrameVerdict.Close(CloseReason.LocalShutdown) : FrameVerdict.Continue;
        }

        public void OnBatchEnd()
        {
        }

        public void OnSetFanSpeed(in SetFanSpeedView message)
        {
            Console.WriteLine($"fans: {message.ToString()}");
            _isCooled = true;
        }
    }
}
