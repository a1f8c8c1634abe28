using System.Text;
using System.Text.Json;
using Sv2.Roles;
using Sv2.Roles.Hosting;

namespace Sv2.ControlPlane.History;

/// <summary>The stack's figures of the moment, as the event stream tells them.</summary>
public sealed record RatesView
{
    public required DateTimeOffset Time { get; init; }

    /// <summary>Hash rate in H/s, counted once.</summary>
    public required double HashRate { get; init; }

    /// <summary>Accepted shares a second since the last figures.</summary>
    public required double AcceptedPerSecond { get; init; }

    /// <summary>Rejected shares a second since the last figures.</summary>
    public required double RejectedPerSecond { get; init; }

    /// <summary>Shares accepted since the start.</summary>
    public required double SharesAccepted { get; init; }

    /// <summary>Shares rejected since the start.</summary>
    public required double SharesRejected { get; init; }

    /// <summary>Rejected shares since the start by the protocol's error code.</summary>
    public required IReadOnlyDictionary<string, long> SharesRejectedByReason { get; init; }

    public required double Connections { get; init; }

    public required double Channels { get; init; }

    public required int WorkersOnline { get; init; }

    /// <summary>Best share difficulty since the start.</summary>
    public required double BestDifficulty { get; init; }

    /// <summary>Blocks known.</summary>
    public required long Blocks { get; init; }

    /// <summary>Height of the best chain; null where no role tells.</summary>
    public double? Height { get; init; }

    /// <summary>Subsidy and fees of the newest template; null where no role tells.</summary>
    public double? TemplateValueSats { get; init; }

    /// <summary>Alarms that are on.</summary>
    public required int Alarms { get; init; }

    public required IReadOnlyList<InstanceRates> Instances { get; init; }
}

/// <summary>The figures of one instance.</summary>
public sealed record InstanceRates(
    string Instance, string Kind, RoleState State, RoleHealth? Health, double? HashRate, double? SharesAccepted, double? SharesRejected, double? Connections);

/// <summary>The newest rates, written once for all listeners.</summary>
internal sealed class LiveRates
{
    private volatile Published _latest = new(null, [], new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    /// <summary>The newest; its text is empty before the first.</summary>
    public Published Latest => _latest;

    /// <summary>Puts new rates in place and wakes who waits for them.</summary>
    public void Publish(RatesView rates)
    {
        // No id: these events are not kept, and one who resumes has no use for them.
        byte[] text = Encoding.UTF8.GetBytes($"event: rates\ndata: {JsonSerializer.Serialize(rates, RoleJson.Wire)}\n\n");
        Published before = _latest;
        _latest = new Published(rates, text, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        before.Replaced.SetResult();
    }

    /// <summary>Rates, their text as a server-sent event, and what completes when there are newer ones.</summary>
    internal sealed record Published(RatesView? Rates, byte[] Text, TaskCompletionSource Replaced);
}
