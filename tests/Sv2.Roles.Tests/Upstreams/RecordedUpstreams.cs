using Microsoft.Extensions.Logging.Abstractions;
using Sv2.Bitcoin;
using Sv2.Mining.Client;
using Sv2.Noise;
using Sv2.Protocol;
using Sv2.Roles.Tests.Pool;
using Sv2.Roles.Upstreams;

namespace Sv2.Roles.Tests.Upstreams;

/// <summary>A list of pools that writes down what it is told, and can mine on what it is given.</summary>
internal sealed class RecordedUpstreams : IUpstreamObserver, IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public RecordedUpstreams(IEnumerable<ConnectionString> pools, SwitchingOptions? switching = null, OwnChannel? channel = null, TimeProvider? time = null)
    {
        var options = new UpstreamListOptions
        {
            Pools = [.. pools.Select((pool, index) => new UpstreamPool(pool, $"alice.{index}"))],
            Role = "test",
            // However slow the machine, the first pool is the first in use.
            Switching = (switching ?? new SwitchingOptions { ReconnectDelayMax = TimeSpan.FromMilliseconds(500) }) with { PreferenceWait = TimeSpan.FromMinutes(1) },
            Channel = channel ?? new OwnChannel { MinExtranonceSize = 8 },
        };
        List = new UpstreamList(options, this, new RoleContext
        {
            InstanceName = "test",
            DataDirectory = Path.GetTempPath(),
            LoggerFactory = NullLoggerFactory.Instance,
            TimeProvider = time ?? TimeProvider.System,
            Events = Events,
        });
        List.Start();
    }

    public UpstreamList List { get; }

    public RecordedEvents Events { get; } = new();

    public List<UpstreamSwitch> Switches { get; } = [];

    /// <summary>Whether the pool switched to had work at that moment, for each switch to a pool.</summary>
    public List<bool> HadWork { get; } = [];

    public long Accepted { get; private set; }

    public List<string> Rejected { get; } = [];

    public List<long> Unanswered { get; } = [];

    public List<string> Closed { get; } = [];

    public void OnActiveChanged(UpstreamSwitch change) => Change(() =>
    {
        Switches.Add(change);
        if (change.To is { } to)
            HadWork.Add(to.Work is not null);
    });

    public void OnWork(UpstreamSession session, ClientChannel channel, MiningWork work) => Change(static () => { });

    public void OnSharesAccepted(UpstreamSession session, ClientChannel channel, AcceptedBatch batch) => Change(() => Accepted += batch.Count);

    public void OnShareRejected(UpstreamSession session, ClientChannel channel, uint sequenceNumber, string errorCode) => Change(() => Rejected.Add(errorCode));

    public void OnEnded(UpstreamSession session, long unanswered) => Change(() => Unanswered.Add(unanswered));

    /// <summary>Waits until something was told, or the states of the pools changed, after which the condition holds.</summary>
    public async Task UntilAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (condition())
                    return;
                changed = _changed.Task;
            }
            // The states of pools change without a word to the observer.
            await Task.WhenAny(changed, Task.Delay(TimeSpan.FromMilliseconds(20), patience.Token));
            patience.Token.ThrowIfCancellationRequested();
        }
    }

    public Task UntilActiveAsync(int index) => UntilAsync(() => List.Active?.Index == index);

    public Task UntilStateAsync(int index, UpstreamState state) => UntilAsync(() => List.Upstreams[index].State == state);

    /// <summary>Finds a share of the pool's present work and submits it.</summary>
    public static bool Mine(UpstreamSession session, MiningWork? on = null)
    {
        MiningWork work = on ?? session.Work!;
        byte[] extranonce = new byte[work.ExtranonceSize];
        Random.Shared.NextBytes(extranonce);
        BlockHeader header = work.Header(extranonce);
        uint nonce = 0;
        while ((header with { Nonce = nonce }).Hash() > work.Target)
            nonce++;
        return session.TrySubmit(work, nonce, work.MinNTime, work.Version, extranonce, out _);
    }

    public ValueTask DisposeAsync() => List.DisposeAsync();

    private void Change(Action change)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            change();
            (changed, _changed) = (_changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }
        changed.TrySetResult();
    }
}
