using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Sv2.Roles.Hosting;
using Sv2.Roles.Orleans.Events;
using Sv2.Roles.Orleans.Grains;
using Sv2.Roles.Orleans.Silos;

namespace Sv2.Roles.Orleans;

/// <summary>
/// The role host of a cluster: every command goes to the grain of its instance, and some silo carries it out. Whichever
/// silo one asks, the answer is the same.
/// </summary>
internal sealed partial class OrleansRoleHost : IRoleHost
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    /// <summary>How long a silo is asked for how its roles are, before what their grains last heard is shown instead.</summary>
    private static readonly TimeSpan StatusPatience = TimeSpan.FromSeconds(2);

    private readonly IGrainFactory _grains;
    private readonly SiloRolesClient _silos;
    private readonly InProcessRoleHost _local;
    private readonly ClusterEvents _events;
    private readonly ClusterOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<OrleansRoleHost> _log;

    /// <param name="grains">The way to the grains.</param>
    /// <param name="local">Runs the roles of this silo, and knows the kinds.</param>
    /// <param name="silos">The way to the roles of the other silos.</param>
    /// <param name="events">The cluster's events.</param>
    /// <param name="options">Bounds.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Where to log.</param>
    public OrleansRoleHost(
        IGrainFactory grains,
        InProcessRoleHost local,
        SiloRolesClient silos,
        ClusterEvents events,
        ClusterOptions options,
        TimeProvider time,
        ILogger<OrleansRoleHost> log)
    {
        _grains = grains;
        _local = local;
        _silos = silos;
        _events = events;
        _options = options;
        _time = time;
        _log = log;
    }

    /// <inheritdoc/>
    public IReadOnlyList<IRoleKind> Kinds => _local.Kinds;

    /// <summary>
    /// How long a command waits until a silo has carried it out. A role that nobody has taken by then shows so in its status.
    /// </summary>
    public TimeSpan CommandPatience { get; init; } = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<RoleStatus>> ListAsync(CancellationToken cancellationToken = default) =>
        [.. (await RefreshAsync(await ViewsAsync(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false)).Select(StatusOf)];

    /// <inheritdoc/>
    public async ValueTask<RoleStatus> GetAsync(string name, CancellationToken cancellationToken = default) =>
        StatusOf((await RefreshAsync([await FindAsync(name, cancellationToken).ConfigureAwait(false)], cancellationToken).ConfigureAwait(false))[0]);

    /// <inheritdoc/>
    public async Task<RoleStatus> CreateAsync(RoleDefinition definition, CancellationToken cancellationToken = default)
    {
        RoleNames.Check(definition.Name);
        OptionsBinder.Bind(_local.KindOf(definition.Kind), definition.Configuration);
        IRoleCatalogueGrain catalogue = _grains.GetGrain<IRoleCatalogueGrain>(0);
        CatalogueAnswer answer = await catalogue.AddAsync(definition.Name, _options.InstancesMax).WaitAsync(cancellationToken).ConfigureAwait(false);
        if (answer == CatalogueAnswer.Full)
            throw new RoleConflictException($"There are {_options.InstancesMax} instances, the most that this cluster keeps.", "Delete one first.");
        // The catalogue may have kept a name whose definition never came, when a silo died in between: the grain decides.
        if (!await Role(definition.Name).CreateAsync(definition).WaitAsync(cancellationToken).ConfigureAwait(false))
            throw new RoleConflictException($"There is already an instance named '{definition.Name}'.", "Choose another name.");
        return await SettledAsync(definition.Name, version: 1, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<RoleStatus> UpdateAsync(string name, JsonObject configuration, bool restart = true, CancellationToken cancellationToken = default)
    {
        RoleView view = await FindAsync(name, cancellationToken).ConfigureAwait(false);
        IRoleKind kind = _local.KindOf(view.Definition.Kind);
        configuration = OptionsSecrets.Restore(kind, configuration, view.Definition.Configuration);
        OptionsBinder.Bind(kind, configuration);
        return await ChangeAsync(view.Definition with { Configuration = configuration }, restart, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task DeleteAsync(string name, CancellationToken cancellationToken = default)
    {
        await FindAsync(name, cancellationToken).ConfigureAwait(false);
        await Role(name).DeleteAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        // From here on the owner is told to stop at its next renewal.
        await _grains.GetGrain<IRoleCatalogueGrain>(0).RemoveAsync(name).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<RoleStatus> StartAsync(string name, CancellationToken cancellationToken = default)
    {
        RoleView view = await FindAsync(name, cancellationToken).ConfigureAwait(false);
        bool hasFailed = view.Status?.State == RoleState.Failed;
        return await ChangeAsync(view.Definition with { DesiredState = DesiredState.Running }, restart: hasFailed, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<RoleStatus> StopAsync(string name, CancellationToken cancellationToken = default)
    {
        RoleView view = await FindAsync(name, cancellationToken).ConfigureAwait(false);
        return await ChangeAsync(view.Definition with { DesiredState = DesiredState.Stopped }, restart: false, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<RoleStatus> RestartAsync(string name, CancellationToken cancellationToken = default)
    {
        RoleView view = await FindAsync(name, cancellationToken).ConfigureAwait(false);
        return await ChangeAsync(view.Definition with { DesiredState = DesiredState.Running }, restart: true, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes an instance from its silo in good order and gives it to another one.</summary>
    /// <param name="name">The instance.</param>
    /// <param name="silo">Name of the silo that is to run it.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="RoleNotFoundException">No instance has this name.</exception>
    public async Task MoveAsync(string name, string silo, CancellationToken cancellationToken = default)
    {
        await FindAsync(name, cancellationToken).ConfigureAwait(false);
        await Role(name).MoveAsync(silo).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<RoleStatus> ChangeAsync(RoleDefinition definition, bool restart, CancellationToken cancellationToken)
    {
        long version = await Role(definition.Name).ChangeAsync(definition, restart).WaitAsync(cancellationToken).ConfigureAwait(false);
        if (version == 0) throw new RoleNotFoundException(definition.Name);
        return await SettledAsync(definition.Name, version, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits until a silo has carried out a change, or until patience ends.</summary>
    private async Task<RoleStatus> SettledAsync(string name, long version, CancellationToken cancellationToken)
    {
        long began = _time.GetTimestamp();
        while (true)
        {
            RoleView view = await FindAsync(name, cancellationToken).ConfigureAwait(false);
            bool isDone = view.Definition.DesiredState == DesiredState.Stopped
                ? view.Owner is null
                : view.AppliedVersion >= version && view.Status is { State: RoleState.Running or RoleState.Failed };
            if (isDone || _time.GetElapsedTime(began) >= CommandPatience)
                return StatusOf((await RefreshAsync([view], cancellationToken).ConfigureAwait(false))[0]);
            await Task.Delay(PollInterval, _time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The status as the owner told it, or what its absence means.</summary>
    private RoleStatus StatusOf(RoleView view)
    {
        bool isWanted = view.Definition.DesiredState == DesiredState.Running;
        if (view is { Status: { } status, Owner: not null }) return status with { Definition = view.Definition };
        return new RoleStatus
        {
            Definition = view.Definition,
            State = isWanted ? RoleState.Starting : RoleState.Stopped,
            Since = view.Status?.Since ?? _time.GetUtcNow(),
        };
    }

    private async Task<RoleView> FindAsync(string name, CancellationToken cancellationToken) =>
        // What cannot be a name wakes no grain.
        (RoleNames.IsName(name) ? await _time.ReadAsync(() => Role(name).GetAsync(), cancellationToken).ConfigureAwait(false) : null)
            ?? throw new RoleNotFoundException(name);

    /// <summary>The views with how their roles are at this moment, as the silos that run them say.</summary>
    private async Task<IReadOnlyList<RoleView>> RefreshAsync(IReadOnlyList<RoleView> views, CancellationToken cancellationToken)
    {
        IReadOnlyList<(string Owner, RoleStatus Status)> answers = await AskOwnersAsync(
            views, silo => silo.ListAsync().WaitAsync(StatusPatience, _time, cancellationToken)).ConfigureAwait(false);
        Dictionary<(string, string), RoleStatus> now = answers.ToDictionary(answer => (answer.Owner, answer.Status.Definition.Name), answer => answer.Status);
        return [.. views.Select(view => now.GetValueOrDefault((view.OwnerAddress ?? "", view.Definition.Name)) is { } status ? view with { Status = status } : view)];
    }

    /// <summary>All instances in start order.</summary>
    private async Task<IReadOnlyList<RoleView>> ViewsAsync(CancellationToken cancellationToken)
    {
        string[] names = await _time.ReadAsync(() => _grains.GetGrain<IRoleCatalogueGrain>(0).ListAsync(), cancellationToken).ConfigureAwait(false);
        RoleView?[] views = await Task.WhenAll(names.Select(name => _time.ReadAsync(() => Role(name).GetAsync(), cancellationToken))).ConfigureAwait(false);
        return [.. views.OfType<RoleView>().OrderBy(v => v.Definition.Order).ThenBy(v => v.Definition.Name, StringComparer.Ordinal)];
    }

    private IRoleGrain Role(string name) => _grains.GetGrain<IRoleGrain>(name);
}
