using System.Diagnostics;
using Sv2.TestKit;
using VendorTelemetry;
using VendorTelemetry.Extensions.FanControl;

namespace Sv2.Samples.Tests;

/// <summary>Runs the sample as its reader would: two processes, the second given what the first printed.</summary>
public class VendorTelemetryTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    [Trait("spec", "42")]
    [Trait("spec", "44")]
    public async Task Two_processes_negotiate_the_extensions_and_use_them()
    {
        using CancellationTokenSource patience = new(Patience);
        using Process server = Start("server");
        try
        {
            string? address = await server.StandardOutput.ReadLineAsync(patience.Token);
            Assert.StartsWith("stratum2+tcp://127.0.0.1:", address, StringComparison.Ordinal);

            using Process client = Start("client", address!);
            string said = await client.StandardOutput.ReadToEndAsync(patience.Token);
            await client.WaitForExitAsync(patience.Token);
            Assert.Equal("fans: SetFanSpeed { channel_id = 7, mode = Fixed, percent = 100 }\n", said.ReplaceLineEndings("\n"));
            Assert.Equal(0, client.ExitCode);

            string heard = (await server.StandardOutput.ReadToEndAsync(patience.Token)).ReplaceLineEndings("\n");
            await server.WaitForExitAsync(patience.Token);
            Assert.StartsWith(
                "report: TelemetryReport { channel_id = 7, model = \"S-1\", watts = 3250, fans = [5800, 6020] }\nshare 1: 91.2 degrees\nclosed: ",
                heard, StringComparison.Ordinal);
            Assert.Equal(0, server.ExitCode);
        }
        finally
        {
            if (!server.HasExited) server.Kill();
        }
    }

    [Fact]
    public async Task Dissector_knows_both_extensions()
    {
        using CancellationTokenSource patience = new(Patience);
        using Process sample = Start("wireshark");
        string script = await sample.StandardOutput.ReadToEndAsync(patience.Token);
        await sample.WaitForExitAsync(patience.Token);
        Assert.Equal(0, sample.ExitCode);
        Assert.Contains("[0x400100] = { \"telemetry\", \"TelemetryReport\", {", script, StringComparison.Ordinal);
        Assert.Contains("[0x400200] = { \"fan_control\", \"SetFanSpeed\", {", script, StringComparison.Ordinal);
    }

    private static Process Start(params string[] arguments)
    {
        string assembly = typeof(TelemetryReport).Assembly.Location;
        ProcessStartInfo start = new(Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet", [assembly, .. arguments])
        {
            RedirectStandardOutput = true,
        };
        return Process.Start(start) ?? throw new InvalidOperationException("The sample did not start.");
    }
}

/// <summary>The sample's own messages, by the same contract as the specification's.</summary>
public class TelemetryReportContract : MessageContract<TelemetryReport, TelemetryReportView>;

/// <summary>The sample's own messages, by the same contract as the specification's.</summary>
public class SetFanSpeedContract : MessageContract<SetFanSpeed, SetFanSpeedView>;
