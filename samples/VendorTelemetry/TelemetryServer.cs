using System.Net;
using Sv2.Noise;
using Sv2.Protocol;
using Sv2.Protocol.Common;
using Sv2.Protocol.Mining;
using Sv2.Transport;
using Sv2.Transport.Setup;
using VendorTelemetry.Extensions.FanControl;

namespace VendorTelemetry;

/// <summary>The pool's side: reads reports and temperatures, and cools a hot device.</summary>
internal static class TelemetryServer
{
    private const ushort HotTenths = 900;

    /// <summary>Serves one client and returns when it has gone.</summary>
    public static async Task RunAsync()
    {
        using AuthorityKeyPair authority = AuthorityKeyPair.Generate();
        using StaticKeyPair key = StaticKeyPair.Generate();
        using ServerCredentials credentials = new(authority, key, TimeProvider.System);
        TaskCompletionSource served = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Sv2Listener listener = await Sv2Listener.StartAsync(
            new ListenerOptions { EndPoint = new IPEndPoint(IPAddress.Loopback, 0), Credentials = credentials },
            async (connection, cancellation) =>
            {
                await ServeAsync(connection, cancellation);
                served.TrySetResult();
            });

        // The first line tells a client where to connect and whose key to trust.
        Console.WriteLine(new ConnectionString("127.0.0.1", ((IPEndPoint)listener.BoundEndPoint).Port, authority.PublicKey));
        await served.Task;
    }

    private static async Task ServeAsync(Sv2Connection connection, CancellationToken cancellation)
    {
        ServerSetup setup = new() { Protocol = Subprotocol.Mining, SupportedExtensions = [Telemetry.ExtensionType, FanControlExtension.ExtensionType] };
        SetupResult session = await setup.RunAsync(connection, cancellation);
        if (session.Succeeded) await connection.RunAsync(new Handler(connection, session), cancellation);
        Console.WriteLine($"closed: {connection.Reason}");
    }

    private sealed class Handler(Sv2Connection connection, SetupResult session) : IFrameHandler, ITelemetryServerHandler
    {
        public FrameVerdict OnFrame(in FrameHeader header, ReadOnlySpan<byte> payload)
        {
            DispatchResult result = TelemetryDispatcher.DispatchToServer(in header, payload, this);
            if (result.Outcome == DispatchOutcome.Unknown) return OnShare(in header, payload);
            return result.Outcome == DispatchOutcome.Handled ? FrameVerdict.Continue : Malformed(result.ToString());
        }

        public void OnBatchEnd()
        {
        }

        public void OnTelemetryReport(in TelemetryReportView message) => Console.WriteLine($"report: {message.ToString()}");

        private FrameVerdict OnShare(in FrameHeader header, ReadOnlySpan<byte> payload)
        {
            if (header.ExtensionType != 0 || header.MessageType != SubmitSharesExtended.Info.MessageType) return FrameVerdict.Continue;
            if (!SubmitSharesExtendedView.TryRead(payload, out SubmitSharesExtendedView share, out DecodeError error)) return Malformed(error.ToString());
            if (!session.Extensions.Contains(Telemetry.ExtensionType)) return FrameVerdict.Continue;

            TlvOutcome outcome = ChipTemperature.Find(TlvReader.Detect(share.Tlvs, [Telemetry.ExtensionType]), out ChipTemperature temperature, out error);
            if (outcome == TlvOutcome.Malformed) return Malformed(error.ToString());
            Console.WriteLine($"share {share.SequenceNumber}: {(outcome == TlvOutcome.Found ? $"{temperature.Value / 10.0} degrees" : "no temperature")}");
            if (temperature.Value > HotTenths && session.Extensions.Contains(FanControlExtension.ExtensionType))
                connection.TrySend(new SetFanSpeed { ChannelId = share.ChannelId, Mode = FanMode.Fixed, Percent = 100 });
            return FrameVerdict.Continue;
        }

        private static FrameVerdict Malformed(string error) => FrameVerdict.Close(CloseReason.Violation(error));
    }
}
