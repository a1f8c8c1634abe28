using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Text.Json.Serialization;
using Sv2.Roles.Keys;

namespace Sv2.Roles.Tests.Hosting;

/// <summary>Options with one of everything that a configuration can have.</summary>
public sealed class ScriptedOptions
{
    /// <summary>Where it would listen.</summary>
    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, 0);

    /// <summary>What it calls itself.</summary>
    [StringLength(20, MinimumLength = 1)]
    public string Title { get; init; } = "scripted";

    [Range(1, 64), Description("How many of them.")]
    public int Threads { get; init; } = 2;

    /// <summary>How long it waits.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Which mode.</summary>
    public ScriptedMode Mode { get; init; } = ScriptedMode.GoodDay;

    /// <summary>Where it connects.</summary>
    [MaxLength(2)]
    public IReadOnlyList<string> Pools { get; init; } = [];

    /// <summary>Nested settings.</summary>
    public ScriptedLimits Limits { get; init; } = new();

    /// <summary>Where it takes from.</summary>
    public ScriptedSource Source { get; init; } = new ScriptedSource.Embedded();

    /// <summary>A secret.</summary>
    [DataType(DataType.Password), MinLength(4)]
    public string? Password { get; init; }

    public int? Maybe { get; init; }
}

public enum ScriptedMode
{
    GoodDay,
    FailsToStart,
    NeedsConfiguration,
    HangsInStart,
    HangsInStop,
    ThrowsInStop,
    ThrowsInReport,
}

public sealed class ScriptedLimits
{
    [Range(1, 1000)]
    public int Connections { get; init; } = 100;

    public IReadOnlyDictionary<string, ScriptedLimits> PerUser { get; init; } = new Dictionary<string, ScriptedLimits>();
}

[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(Embedded), "embedded")]
[JsonDerivedType(typeof(Node), "node")]
public abstract class ScriptedSource
{
    public sealed class Embedded : ScriptedSource
    {
        [Range(0, 100)]
        public double Rate { get; init; } = 1;
    }

    public sealed class Node : ScriptedSource
    {
        public required Uri Address { get; init; }
    }
}

/// <summary>A role that does as its test says.</summary>
public sealed class ScriptedKind : RoleKind<ScriptedOptions>
{
    private readonly Lock _lock = new();
    private readonly List<string> _journal = [];

    public override string Name => "scripted";

    public override string Summary => "Does as its test says.";

    public override ScriptedOptions Example => new();

    /// <summary>What happened, in order: "start a", "stop a", "dispose a".</summary>
    public IReadOnlyList<string> Journal
    {
        get
        {
            lock (_lock)
                return [.. _journal];
        }
    }

    /// <summary>What a new role reports at first.</summary>
    public Func<ScriptedOptions, RoleReport> FirstReport { get; set; } = _ => RoleReport.Of(RoleHealth.Healthy, "All is well.");

    /// <summary>The newest role of each instance name.</summary>
    public Dictionary<string, ScriptedRole> Roles { get; } = [];

    public override IRole Create(ScriptedOptions options, RoleContext context)
    {
        var role = new ScriptedRole(options, context, this);
        lock (_lock)
            Roles[context.InstanceName] = role;
        return role;
    }

    public override IEnumerable<ConfigurationProblem> Validate(ScriptedOptions options)
    {
        if (options.Title == "forbidden")
            yield return new("title", "\"forbidden\" is taken", "choose another title");
    }

    internal void Note(string what)
    {
        lock (_lock)
            _journal.Add(what);
    }
}

public sealed class ScriptedRole(ScriptedOptions options, RoleContext context, ScriptedKind kind)
    : IRole, IChannelSource, IBlockSource, IWorkerSource, ITemplateSource, IJobSource, IKeySource, ILedgerSource, IDeclarationSource, IDrainable
{
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ScriptedOptions Options => options;

    public RoleContext Context => context;

    public Task Completion => _completion.Task;

    public RoleReport CurrentReport { get; set; } = kind.FirstReport(options);

    public List<ChannelInfo> Channels { get; } = [];

    public List<BlockInfo> Blocks { get; } = [];

    public List<WorkerInfo> Workers { get; } = [];

    public List<TemplateInfo> Templates { get; } = [];

    public List<JobInfo> Jobs { get; } = [];

    public List<DeclarationInfo> Declarations { get; } = [];

    public List<TokenInfo> Tokens { get; } = [];

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        kind.Note($"start {context.InstanceName}");
        switch (options.Mode)
        {
            case ScriptedMode.FailsToStart:
                throw new RoleException("The script says no.");
            case ScriptedMode.NeedsConfiguration:
                throw new ConfigurationException("listen", $"{options.Listen} is in use", "choose another port");
            case ScriptedMode.HangsInStart:
                await Task.Delay(System.Threading.Timeout.Infinite, cancellationToken);
                break;
            default:
                break;
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        kind.Note($"stop {context.InstanceName}");
        if (options.Mode == ScriptedMode.ThrowsInStop)
            throw new InvalidOperationException("No way.");
        if (options.Mode == ScriptedMode.HangsInStop)
            await Task.Delay(System.Threading.Timeout.Infinite, cancellationToken);
        _completion.TrySetResult();
    }

    public ValueTask DisposeAsync()
    {
        kind.Note($"dispose {context.InstanceName}");
        return ValueTask.CompletedTask;
    }

    public RoleReport Report() =>
        options.Mode == ScriptedMode.ThrowsInReport ? throw new InvalidOperationException("No report.") : CurrentReport;

    public void Die(Exception e) => _completion.TrySetException(e);

    public ValueTask<Page<ChannelInfo>> ListChannelsAsync(ListQuery query, CancellationToken cancellationToken) =>
        new(Page.Of(Channels, query, c => c.UserIdentity));

    public ValueTask<Page<BlockInfo>> ListBlocksAsync(ListQuery query, CancellationToken cancellationToken) =>
        new(Page.Of(Blocks, query, b => b.Hash));

    public ValueTask<Page<WorkerInfo>> ListWorkersAsync(ListQuery query, CancellationToken cancellationToken) =>
        new(Page.Of(Workers, query, w => w.Name));

    public ValueTask<Page<TemplateInfo>> ListTemplatesAsync(ListQuery query, CancellationToken cancellationToken) =>
        new(Page.Of(Templates, query, t => t.PrevHash));

    public ValueTask<TemplateDetail?> GetTemplateAsync(ulong templateId, CancellationToken cancellationToken) =>
        new(Templates.FirstOrDefault(t => t.TemplateId == templateId) is { } template ? new TemplateDetail(template, "20000000", Samples.Coinbase(), []) : null);

    public ValueTask<Page<JobInfo>> ListJobsAsync(ListQuery query, CancellationToken cancellationToken) =>
        new(Page.Of(Jobs, query, j => j.Payout));

    public ValueTask<Page<DeclarationInfo>> ListDeclarationsAsync(ListQuery query, CancellationToken cancellationToken) =>
        new(Page.Of(Declarations, query, d => d.UserIdentifier));

    public ValueTask<Page<TokenInfo>> ListTokensAsync(ListQuery query, CancellationToken cancellationToken) =>
        new(Page.Of(Tokens, query, t => t.UserIdentifier));

    public IReadOnlyList<KeyInfo> ListKeys() => RoleKeys.List(context, null, null);

    public KeyRotation RotateKey(string name) => RoleKeys.Rotate(context, null, name);

    public ValueTask<LedgerSummary> SummarizeLedgerAsync(CancellationToken cancellationToken) => new(new LedgerSummary("", 1, 2, 3, 4));

    public async Task ExportLedgerAsync(LedgerExportRequest request, Stream destination, CancellationToken cancellationToken) =>
        await destination.WriteAsync(System.Text.Encoding.UTF8.GetBytes($"{request.Table},{request.Format}\r\n"), cancellationToken);

    public Task DrainAsync(CancellationToken cancellationToken)
    {
        kind.Note($"drain {context.InstanceName}");
        return Task.CompletedTask;
    }
}
