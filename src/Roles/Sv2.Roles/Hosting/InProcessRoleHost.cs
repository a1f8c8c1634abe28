using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;

namespace Sv2.Roles.Hosting;

/// <summary>Runs role instances inside this process and keeps their definitions in the data folder.</summary>
public sealed partial class InProcessRoleHost : IRoleHost, IAsyncDisposable
{
    private readonly InProcessRoleHostOptions _options;
    private readonly Dictionary<string, IRoleKind> _kinds;
    private readonly ILoggerFactory _loggers;
    private readonly TimeProvider _time;
    private readonly DefinitionStore _store;
    private readonly EventLog _events;
    private readonly ConcurrentDictionary<string, RoleSupervisor> _instances = new(StringComparer.Ordinal);

    // One change of the definitions at a time; the supervisors have gates of their own for starting and stopping.
    private readonly SemaphoreSlim _changes = new(1, 1);

    /// <param name="options">Data folder and bounds.</param>
    /// <param name="kinds">The kinds that can be created.</param>
    /// <param name="loggers">Where logs go.</param>
    /// <param name="time">The clock.</param>
    public InProcessRoleHost(InProcessRoleHostOptions options, IEnumerable<IRoleKind> kinds, ILoggerFactory loggers, TimeProvider time)
    {
        _options = options;
        Kinds = [.. kinds];
        _kinds = Kinds.ToDictionary(k => k.Name, StringComparer.Ordinal);
        _loggers = loggers;
        _time = time;
        _store = new DefinitionStore(options.DataDirectory);
        _events = new EventLog(options.EventsMax, time, loggers.CreateLogger("host"));
    }

    /// <inheritdoc/>
    public IReadOnlyList<IRoleKind> Kinds { get; }

    /// <summary>Reads the stored definitions; starts nothing. Call it once, first.</summary>
    /// <exception cref="ConfigurationException">A stored definition cannot be read.</exception>
    public void Load()
    {
        foreach (RoleDefinition definition in _store.Load())
            _instances[definition.Name] = Supervise(definition);
    }

    /// <summary>Starts everything that should run, in order.</summary>
    public async Task StartAllAsync(CancellationToken cancellationToken = default)
    {
        foreach (RoleSupervisor instance in Ordered())
        {
            if (instance.Definition.DesiredState == DesiredState.Running)
                await instance.StartAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Stops everything within <see cref="InProcessRoleHostOptions.StopAllGrace"/>, the last started first: miners before the
    /// pool, the pool before its template provider. What should run stays wanted, for the next start.
    /// </summary>
    public async Task StopAllAsync()
    {
        long began = _time.GetTimestamp();
        foreach (IGrouping<int, RoleSupervisor> level in Ordered().GroupBy(i => i.Definition.Order).Reverse())
        {
            TimeSpan left = _options.StopAllGrace - _time.GetElapsedTime(began);
            TimeSpan grace = left > _options.StopGrace ? _options.StopGrace : left > TimeSpan.Zero ? left : TimeSpan.Zero;
            await Task.WhenAll(level.Select(i => i.StopAsync(grace))).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StopAllAsync().ConfigureAwait(false);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<RoleStatus>> ListAsync(CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<IReadOnlyList<RoleStatus>>([.. Ordered().Select(i => i.Status())]);

    /// <inheritdoc/>
    public ValueTask<RoleStatus> GetAsync(string name, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(Find(name).Status());

    /// <summary>Where an instance's definition is stored, for messages.</summary>
    public string DefinitionFile(string name) => _store.FileOf(name);

    /// <inheritdoc/>
    public async Task<RoleStatus> CreateAsync(RoleDefinition definition, CancellationToken cancellationToken = default)
    {
        RoleNames.Check(definition.Name);
        definition = definition with { Configuration = (JsonObject)definition.Configuration.DeepClone() };
        OptionsBinder.Bind(KindOf(definition.Kind), definition.Configuration);

        RoleSupervisor instance = await ChangeAsync(
            () =>
            {
                if (_instances.ContainsKey(definition.Name))
                    throw new RoleConflictException($"There is already an instance named '{definition.Name}'.", "Choose another name.");
                if (_instances.Count >= _options.InstancesMax)
                    throw new RoleConflictException($"There are {_instances.Count} instances, the most that this host keeps.", "Delete one first.");
                _store.Save(definition);
                return _instances[definition.Name] = Supervise(definition);
            },
            cancellationToken).ConfigureAwait(false);

        Announce(definition.Name, "Created");
        if (definition.DesiredState == DesiredState.Running)
            await instance.StartAsync(cancellationToken).ConfigureAwait(false);
        return instance.Status();
    }

    /// <inheritdoc/>
    public async Task<RoleStatus> UpdateAsync(string name, JsonObject configuration, bool restart = true, CancellationToken cancellationToken = default)
    {
        RoleSupervisor instance = Find(name);
        IRoleKind kind = KindOf(instance.Definition.Kind);
        configuration = OptionsSecrets.Restore(kind, configuration, instance.Definition.Configuration);
        OptionsBinder.Bind(kind, configuration);
        await DefineAsync(instance, d => d with { Configuration = configuration }, cancellationToken).ConfigureAwait(false);
        Announce(name, "Configured");

        if (restart && instance.Status().State != RoleState.Stopped)
        {
            await instance.StopAsync(_options.StopGrace).ConfigureAwait(false);
            await instance.StartAsync(cancellationToken).ConfigureAwait(false);
        }

        return instance.Status();
    }

    /// <inheritdoc/>
    public async Task DeleteAsync(string name, CancellationToken cancellationToken = default)
    {
        RoleSupervisor instance = Find(name);
        await ChangeAsync(
            () =>
            {
                Find(name);
                _store.Delete(name);
                _instances.TryRemove(name, out _);
                return instance;
            },
            cancellationToken).ConfigureAwait(false);
        await instance.StopAsync(_options.StopGrace).ConfigureAwait(false);
        Announce(name, "Deleted");
    }

    /// <inheritdoc/>
    public async Task<RoleStatus> StartAsync(string name, CancellationToken cancellationToken = default)
    {
        RoleSupervisor instance = Find(name);
        await DefineAsync(instance, d => d with { DesiredState = DesiredState.Running }, cancellationToken).ConfigureAwait(false);
        await instance.StartAsync(cancellationToken).ConfigureAwait(false);
        return instance.Status();
    }

    /// <inheritdoc/>
    public async Task<RoleStatus> StopAsync(string name, CancellationToken cancellationToken = default)
    {
        RoleSupervisor instance = Find(name);
        await DefineAsync(instance, d => d with { DesiredState = DesiredState.Stopped }, cancellationToken).ConfigureAwait(false);
        await instance.StopAsync(_options.StopGrace).ConfigureAwait(false);
        return instance.Status();
    }

    /// <inheritdoc/>
    public async Task<RoleStatus> RestartAsync(string name, CancellationToken cancellationToken = default)
    {
        RoleSupervisor instance = Find(name);
        await DefineAsync(instance, d => d with { DesiredState = DesiredState.Running }, cancellationToken).ConfigureAwait(false);
        await instance.StopAsync(_options.StopGrace).ConfigureAwait(false);
        await instance.StartAsync(cancellationToken).ConfigureAwait(false);
        return instance.Status();
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<RoleEvent> SubscribeAsync(long afterId, CancellationToken cancellationToken = default) =>
        _events.ReadAsync(afterId, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<long> GetLastEventIdAsync(CancellationToken cancellationToken = default) => ValueTask.FromResult(_events.LastId);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<RoleEvent>> ListEventsAsync(CancellationToken cancellationToken = default) => ValueTask.FromResult(_events.Kept());

    /// <summary>Finds a kind by its name.</summary>
    /// <exception cref="ConfigurationException">No kind has this name.</exception>
    public IRoleKind KindOf(string name) =>
        _kinds.GetValueOrDefault(name)
        ?? throw new ConfigurationException("kind", $"'{name}' is not a kind of role", $"give one of: {string.Join(", ", _kinds.Keys)}");

    private RoleSupervisor Supervise(RoleDefinition definition)
    {
        string folder = _store.FolderOf(definition.Name);
        DataFolder.MakeFolder(folder);
        return new RoleSupervisor(definition, KindOf, new RoleContext
        {
            InstanceName = definition.Name,
            DataDirectory = folder,
            LoggerFactory = new InstanceLoggerFactory(definition.Name, _loggers),
            TimeProvider = _time,
            TemplateExchange = _options.TemplateExchange,
            Events = new InstanceEvents(definition.Name, _events),
        });
    }

    private RoleSupervisor Find(string name) => _instances.GetValueOrDefault(name) ?? throw new RoleNotFoundException(name);

    private IEnumerable<RoleSupervisor> Ordered() =>
        _instances.Values.OrderBy(i => i.Definition.Order).ThenBy(i => i.Definition.Name, StringComparer.Ordinal);

    /// <summary>Stores a changed definition. Nothing is written when nothing changes.</summary>
    private async Task DefineAsync(RoleSupervisor instance, Func<RoleDefinition, RoleDefinition> change, CancellationToken cancellationToken) =>
        await ChangeAsync(
            () =>
            {
                Find(instance.Definition.Name); // Deleted in the meantime: do not bring the file back.
                RoleDefinition changed = change(instance.Definition);
                if (changed != instance.Definition)
                {
                    _store.Save(changed);
                    instance.Definition = changed;
                }

                return instance;
            },
            cancellationToken).ConfigureAwait(false);

    private async Task<RoleSupervisor> ChangeAsync(Func<RoleSupervisor> change, CancellationToken cancellationToken)
    {
        await _changes.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return change();
        }
        finally
        {
            _changes.Release();
        }
    }

    private void Announce(string name, string what) =>
        _events.Publish(name, RoleEventTypes.RoleDefinition, RoleEventSeverity.Info, what);
}
