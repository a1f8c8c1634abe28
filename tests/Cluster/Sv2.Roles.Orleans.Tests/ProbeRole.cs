using System.ComponentModel.DataAnnotations;

namespace Sv2.Roles.Orleans.Tests;

/// <summary>A role that does nothing but be there, and says on which silo it is.</summary>
internal sealed class ProbeKind(string silo) : RoleKind<ProbeOptions>
{
    private static int _running;
    private static long _sharesPerRead;

    /// <summary>How many probes run at this moment, over all silos of the process.</summary>
    public static int Running => Volatile.Read(ref _running);

    /// <summary>How many more shares each of a probe's workers has every time that somebody reads their totals.</summary>
    public static long SharesPerRead
    {
        get => Volatile.Read(ref _sharesPerRead);
        set => Volatile.Write(ref _sharesPerRead, value);
    }

    public override string Name => "probe";

    public override string Summary => "A role for tests.";

    public override ProbeOptions Example => new();

    public override IRole Create(ProbeOptions options, RoleContext context) => new Probe(silo, options, context);

    private sealed class Probe(string silo, ProbeOptions options, RoleContext context) : IRole, IWorkerSource, IShareTotalsSource
    {
        private readonly TaskCompletionSource _end = new();
        private long _more;
        private int _second;

        public Task Completion => _end.Task;

        public string Pool => "main";

        public Task StartAsync(CancellationToken cancellationToken)
        {
            if (options.Fails) throw new RoleException("it was told to fail");
            Interlocked.Increment(ref _running);
            context.Events.Publish("probe", RoleEventSeverity.Info, $"started on {silo}");
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken)
        {
            if (_end.TrySetResult()) Interlocked.Decrement(ref _running);
            return Task.CompletedTask;
        }

        public RoleReport Report() => RoleReport.Of(RoleHealth.Healthy, $"{silo}: {options.Text}");

        public ValueTask<Page<WorkerInfo>> ListWorkersAsync(ListQuery query, CancellationToken cancellationToken) => ValueTask.FromResult(Page.Of(
            Enumerable.Range(0, options.Workers).Select(i => new WorkerInfo
            {
                Name = $"{context.InstanceName}.{i:000}",
                IsOnline = true,
                Channels = 1,
                HashRate = 1,
                SharesAccepted = i,
                SharesRejected = 0,
                BestDifficulty = 0,
            }),
            query,
            worker => worker.Name));

        public ValueTask<IReadOnlyList<WorkerTotal>> ReadTotalsAsync(long since, int limit, CancellationToken cancellationToken)
        {
            if (SharesPerRead > 0) (_more, _second) = (_more + SharesPerRead, _second + 1);
            long shares = 1000 + _more;
            return ValueTask.FromResult<IReadOnlyList<WorkerTotal>>([.. Enumerable.Range(0, options.Workers)
                .Select(i => new WorkerTotal(context.InstanceName, $"{i:000}", shares, shares, 1, 100 + i + (_second * 1000)))
                .Where(total => total.LastShareAt >= since).Take(limit)]);
        }

        public ValueTask DisposeAsync()
        {
            if (_end.TrySetResult() && !options.Fails) Interlocked.Decrement(ref _running);
            return ValueTask.CompletedTask;
        }
    }
}

/// <summary>What a probe is told.</summary>
internal sealed record ProbeOptions
{
    /// <summary>Shown in its report.</summary>
    [StringLength(20)]
    public string Text { get; init; } = "hello";

    /// <summary>Workers that it lists.</summary>
    [Range(0, 1000)]
    public int Workers { get; init; } = 3;

    /// <summary>Whether it fails to start.</summary>
    public bool Fails { get; init; }
}
