using System.Globalization;
using Sv2.ControlPlane.Api;
using Sv2.Roles;

namespace Sv2.ControlPlane.Cli;

/// <summary>Prints a line about the mining now and then, as long as something is mined.</summary>
internal static class ProgressPrinter
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);
    private static readonly string[] Prefixes = ["", "k", "M", "G", "T", "P", "E", "Z", "Y"];

    public static async Task PrintAsync(IRoleHost host, ControlPlaneOptions options, ILineLog log, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await Task.Delay(Interval, time, cancellationToken);
                Overview overview = await Overview.OfAsync(host, options, time, cancellationToken);
                if (overview.HashRate > 0 || overview.SharesAccepted > 0)
                    log.Write("sv2", RoleEventSeverity.Info, Line(overview));
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The program ends.
        }
    }

    private static string Line(Overview overview) => string.Create(
        CultureInfo.InvariantCulture,
        $"{HashRate(overview.HashRate)}, shares {overview.SharesAccepted:0} accepted, {overview.SharesRejected:0} rejected, blocks {overview.Blocks}");

    /// <summary>A hash rate with three significant digits: 2.54 MH/s.</summary>
    internal static string HashRate(double value)
    {
        int step = 0;
        // 999.6 would be shown as 1000, so it goes to the next prefix.
        for (; value >= 999.5 && step < Prefixes.Length - 1; step++)
            value /= 1000;
        string format = value >= 99.95 ? "0" : value >= 9.995 ? "0.0" : "0.00";
        return $"{value.ToString(format, CultureInfo.InvariantCulture)} {Prefixes[step]}H/s";
    }
}
