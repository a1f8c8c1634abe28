using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Sv2.ControlPlane.Api;
using Sv2.ControlPlane.Security;
using Sv2.Roles;

namespace Sv2.ControlPlane.History;

/// <summary>What of the shares an alarm looks at: the last ten minutes.</summary>
/// <param name="Span">How much of these ten minutes was looked at.</param>
/// <param name="Accepted">Shares accepted in it.</param>
/// <param name="Rejected">Shares rejected in it.</param>
/// <param name="Stale">Those of them that came too late for their block.</param>
/// <param name="Tips">How often the chain grew in it.</param>
/// <param name="WorstReason">The most frequent reason; null where there is none.</param>
/// <param name="UsualHashRate">Mean hash rate of the last hour; null before ten minutes of it are known.</param>
/// <param name="SinceShare">How long ago the last share was accepted; null before the first.</param>
internal sealed record ShareOutlook(
    TimeSpan Span, double Accepted, double Rejected, double Stale, double Tips, string? WorstReason, double? UsualHashRate, TimeSpan? SinceShare);

/// <summary>Finds what an operator should look at. Each rule is one method; none keeps any state.</summary>
internal static class AlarmRules
{
    private const double RejectedPercentWarning = 5;
    private const double RejectedPercentError = 25;
    private const int SharesMin = 200;
    private const double HashRateDrop = 0.5;
    private const long FreeBytesMin = 1L << 30;
    private const int FailedSignInsMin = 20;
    private const double CertificateNotice = 0.1;

    // What passes by itself makes no alarm.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan SharesSpanMin = TimeSpan.FromMinutes(2);

    // Work that is on its way, or in a device's queue, when a block is found: it comes too late, and is nobody's fault.
    private static readonly TimeSpan LostToEachTip = TimeSpan.FromSeconds(0.5);

    private static readonly TimeSpan ShareSilence = TimeSpan.FromMinutes(5);

    public static IEnumerable<Alarm> Roles(StackFigures figures, DateTimeOffset now)
    {
        foreach (RoleStatus instance in figures.Instances.Where(i => i.Definition.DesiredState == DesiredState.Running))
        {
            string name = instance.Definition.Name;
            if (instance.State == RoleState.Failed)
            {
                yield return new Alarm
                {
                    Id = $"role-failed:{name}",
                    Instance = name,
                    Severity = RoleEventSeverity.Error,
                    Title = $"{name} does not run",
                    Message = instance.FailureReason ?? "It failed.",
                    Advice = instance.Problems.Count > 0 ? "Change its configuration, then start it." : "It is started again by itself; look at its log if it fails again.",
                };
            }
            else if (instance is { State: RoleState.Running, Report: { Health: not RoleHealth.Healthy } report } && now - instance.Since >= Patience)
            {
                yield return new Alarm
                {
                    Id = $"role-health:{name}",
                    Instance = name,
                    Severity = report.Health == RoleHealth.Unhealthy ? RoleEventSeverity.Error : RoleEventSeverity.Warning,
                    Title = report.Health == RoleHealth.Unhealthy ? $"{name} cannot do its work" : $"{name} lacks something",
                    Message = report.Message,
                };
            }
        }
    }

    /// <summary>Upstreams that are away although the role still does its work with another.</summary>
    public static IEnumerable<Alarm> Upstreams(StackFigures figures, DateTimeOffset now)
    {
        foreach (RoleStatus instance in figures.Instances.Where(i => i.Report is { Health: RoleHealth.Healthy }))
        {
            int index = 0;
            foreach (UpstreamInfo upstream in instance.Report!.Upstreams)
            {
                index++;
                if (upstream.State is not (UpstreamState.BackingOff or UpstreamState.Failed) || now - upstream.Since < Patience)
                    continue;
                string name = instance.Definition.Name;
                yield return new Alarm
                {
                    Id = $"upstream:{name}:{index}",
                    Instance = name,
                    Severity = RoleEventSeverity.Warning,
                    Title = $"An upstream of {name} is away",
                    Message = $"{Shorten(upstream.Address)}: {upstream.Reason ?? "not connected"}",
                    Advice = upstream.State == UpstreamState.Failed ? "It is not tried again until something is changed: check address and key." : null,
                };
            }
        }
    }

    public static IEnumerable<Alarm> Shares(StackFigures figures, ShareOutlook outlook)
    {
        double judged = outlook.Accepted + outlook.Rejected;
        double percent = judged == 0 ? 0 : 100 * outlook.Rejected / judged;
        if (judged >= SharesMin && outlook.Span >= SharesSpanMin && percent - UnavoidablePercent(outlook, judged) >= RejectedPercentWarning)
        {
            yield return new Alarm
            {
                Id = "rejections",
                Severity = percent >= RejectedPercentError ? RoleEventSeverity.Error : RoleEventSeverity.Warning,
                Title = "Many shares are rejected",
                Message = string.Create(CultureInfo.InvariantCulture, $"{percent:0.#} % of the shares of the last {Math.Round(outlook.Span.TotalMinutes):0} minutes, most of them as '{outlook.WorstReason}'."),
                Advice = Explain(outlook.WorstReason),
            };
        }

        if (figures.Channels > 0 && outlook.SinceShare is { } silence && silence >= ShareSilence)
        {
            yield return new Alarm
            {
                Id = "no-shares",
                Severity = RoleEventSeverity.Error,
                Title = "No shares",
                Message = string.Create(CultureInfo.InvariantCulture, $"{figures.Channels:0} channels are open, and the last share came {silence.TotalMinutes:0} minutes ago."),
                Advice = "Look whether the miners get jobs: the template provider, and the miners' own logs.",
            };
        }
        else if (outlook.UsualHashRate is { } usual and > 0 && figures.HashRate < usual * HashRateDrop)
        {
            yield return new Alarm
            {
                Id = "hash-rate",
                Severity = RoleEventSeverity.Warning,
                Title = "The hash rate has dropped",
                Message = string.Create(CultureInfo.InvariantCulture, $"It is {100 * figures.HashRate / usual:0} % of what it was over the last hour."),
                Advice = "Look which workers went offline.",
            };
        }
    }

    /// <summary>What part of the shares had to be stale: much where a block comes every few seconds, next to nothing where one comes in ten minutes.</summary>
    private static double UnavoidablePercent(ShareOutlook outlook, double judged) =>
        100 * Math.Min(outlook.Stale / judged, outlook.Tips * LostToEachTip / outlook.Span);

    /// <summary>A disk that fills up ends the booking of shares.</summary>
    public static IEnumerable<Alarm> Disk(string? dataDirectory)
    {
        long free;
        try
        {
            if (dataDirectory is null || !Directory.Exists(dataDirectory))
                yield break;
            free = new DriveInfo(dataDirectory).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            yield break; // A file system that does not tell.
        }

        if (free < FreeBytesMin)
        {
            yield return new Alarm
            {
                Id = "disk",
                Severity = RoleEventSeverity.Error,
                Title = "The disk is nearly full",
                Message = string.Create(CultureInfo.InvariantCulture, $"{free >> 20} MB are left where shares are booked."),
                Advice = "Make room, or move the data folder.",
            };
        }
    }

    /// <summary>A certificate that has ended shuts everybody out, so whoever should renew it is told before.</summary>
    public static IEnumerable<Alarm> Certificate(TlsCertificate? tls, DateTimeOffset now)
    {
        if (tls is null)
            yield break;
        X509Certificate2 certificate = tls.Present();
        DateTimeOffset end = certificate.NotAfter;
        TimeSpan notice = (certificate.NotAfter - certificate.NotBefore) * CertificateNotice;
        if (end - now > notice && tls.Fault is null)
            yield break;
        yield return new Alarm
        {
            Id = "certificate",
            Severity = end <= now ? RoleEventSeverity.Error : RoleEventSeverity.Warning,
            Title = end <= now ? "The web certificate has ended" : "The web certificate is not renewed",
            Message = string.Create(CultureInfo.InvariantCulture, $"It holds until {end.UtcDateTime:yyyy-MM-dd HH:mm} UTC.{(tls.Fault is { } fault ? $" The files that should take its place cannot be used: {fault}" : "")}"),
            Advice = "Put a valid certificate and its key where the present ones are. They are read again by themselves.",
        };
    }

    public static IEnumerable<Alarm> SignIns(int failedLately)
    {
        if (failedLately >= FailedSignInsMin)
        {
            yield return new Alarm
            {
                Id = "sign-ins",
                Severity = RoleEventSeverity.Warning,
                Title = "Somebody tries tokens",
                Message = $"{failedLately} wrong tokens were shown in the last ten minutes.",
                Advice = "See the audit log for the addresses.",
            };
        }
    }

    /// <summary>What to do about a reason of rejections.</summary>
    private static string? Explain(string? code) => code switch
    {
        "stale-share" => "Work for a block that is already found: look at the miners' latency, and whether new jobs reach them.",
        "difficulty-too-low" => "Miners do not use the target that they were given: restart them, or update their firmware.",
        "duplicate-share" => "Miners search the same work twice: two devices may use one identity through a proxy that does not split the search space.",
        "invalid-job-id" => "Miners work on jobs that they were not given: restart them.",
        "try-again-later" => "The ledger cannot keep up with the disk: see the pool's report.",
        _ => "See the miners' pages for who it is.",
    };

    // Without the key: an alarm is read aloud, so to say.
    private static string Shorten(string address) =>
        address.StartsWith("stratum2+tcp://", StringComparison.Ordinal) ? address["stratum2+tcp://".Length..].Split('/')[0] : address;
}
