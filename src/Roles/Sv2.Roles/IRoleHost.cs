using System.Text.Json.Nodes;

namespace Sv2.Roles;

/// <summary>
/// Runs role instances. The in-process host and the cluster's host implement it; the control plane knows nothing else.
/// Thread-safe. Methods that change an instance return when the change is stored and done, with the state that it led to;
/// a role that fails to start shows it in its <see cref="RoleStatus"/>, it does not throw here. What a host need not be able to
/// do has a default here that says so.
/// </summary>
public interface IRoleHost
{
    /// <summary>The kinds that can be created.</summary>
    IReadOnlyList<IRoleKind> Kinds { get; }

    /// <summary>All instances in start order.</summary>
    ValueTask<IReadOnlyList<RoleStatus>> ListAsync(CancellationToken cancellationToken = default);

    /// <summary>One instance.</summary>
    /// <exception cref="RoleNotFoundException">No instance has this name.</exception>
    ValueTask<RoleStatus> GetAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>Stores a new instance and, where its desired state says so, starts it.</summary>
    /// <exception cref="ConfigurationException">The name, the kind or the configuration is wrong. Nothing is stored.</exception>
    /// <exception cref="RoleConflictException">The name is taken, or there are as many instances as a host may have.</exception>
    Task<RoleStatus> CreateAsync(RoleDefinition definition, CancellationToken cancellationToken = default);

    /// <summary>Stores a new configuration and, with <paramref name="restart"/>, restarts the instance unless it is stopped.</summary>
    /// <exception cref="ConfigurationException">The configuration is wrong. Nothing is changed.</exception>
    Task<RoleStatus> UpdateAsync(string name, JsonObject configuration, bool restart = true, CancellationToken cancellationToken = default);

    /// <summary>Stops the instance and forgets its definition. Its data folder stays.</summary>
    Task DeleteAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>Wants the instance to run, and starts it now if it does not.</summary>
    Task<RoleStatus> StartAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>Wants the instance stopped, and stops it.</summary>
    Task<RoleStatus> StopAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>Stops the instance and starts it again.</summary>
    Task<RoleStatus> RestartAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>
    /// Events with an id above <paramref name="afterId"/>: first the kept ones, then new ones as they come, until cancelled.
    /// Where some were dropped, an event of type <see cref="RoleEventTypes.Gap"/> stands in their place.
    /// </summary>
    IAsyncEnumerable<RoleEvent> SubscribeAsync(long afterId, CancellationToken cancellationToken = default);

    /// <summary>The id of the newest event.</summary>
    ValueTask<long> GetLastEventIdAsync(CancellationToken cancellationToken = default);

    /// <summary>The events that are kept, the oldest first.</summary>
    ValueTask<IReadOnlyList<RoleEvent>> ListEventsAsync(CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<IReadOnlyList<RoleEvent>>([]);

    /// <summary>Channels of all instances.</summary>
    ValueTask<Page<ChannelInfo>> ListChannelsAsync(ListQuery query, CancellationToken cancellationToken = default);

    /// <summary>Workers of all instances.</summary>
    ValueTask<Page<WorkerInfo>> ListWorkersAsync(ListQuery query, CancellationToken cancellationToken = default);

    /// <summary>Blocks of all instances, the newest first, each hash once.</summary>
    ValueTask<Page<BlockInfo>> ListBlocksAsync(ListQuery query, CancellationToken cancellationToken = default);

    /// <summary>Templates of all instances.</summary>
    ValueTask<Page<TemplateInfo>> ListTemplatesAsync(ListQuery query, CancellationToken cancellationToken = default);

    /// <summary>Job declarations of all instances.</summary>
    ValueTask<Page<DeclarationInfo>> ListDeclarationsAsync(ListQuery query, CancellationToken cancellationToken = default);

    /// <summary>Mining job tokens of all instances.</summary>
    ValueTask<Page<TokenInfo>> ListTokensAsync(ListQuery query, CancellationToken cancellationToken = default);

    /// <summary>One template with its coinbase decoded; null where the instance does not know it.</summary>
    /// <exception cref="RoleNotFoundException">No instance has this name.</exception>
    ValueTask<TemplateDetail?> GetTemplateAsync(string instance, ulong templateId, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<TemplateDetail?>(null);

    /// <summary>Jobs of all instances.</summary>
    ValueTask<Page<JobInfo>> ListJobsAsync(ListQuery query, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(Page<JobInfo>.Empty);

    /// <summary>Keys of all instances, also of those that do not run. An instance whose key files are unusable has none here.</summary>
    ValueTask<IReadOnlyList<KeyInfo>> ListKeysAsync(CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<IReadOnlyList<KeyInfo>>([]);

    /// <summary>Puts a new key in the place of one of an instance's, and restarts the instance if it runs.</summary>
    /// <exception cref="RoleNotFoundException">There is no such instance or key.</exception>
    /// <exception cref="RoleException">The instance has no keys, or its key file cannot be replaced.</exception>
    Task<KeyRotation> RotateKeyAsync(string instance, string name, CancellationToken cancellationToken = default) =>
        throw new RoleException("This host cannot replace keys.", "Replace the key file on the machine that runs the instance, and restart it.");

    /// <summary>The ledgers of the instances that run and have one.</summary>
    ValueTask<IReadOnlyList<LedgerSummary>> ListLedgersAsync(CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<IReadOnlyList<LedgerSummary>>([]);

    /// <summary>Streams a table of an instance's ledger.</summary>
    /// <exception cref="RoleNotFoundException">No running instance of this name has a ledger. Thrown before anything is written.</exception>
    Task ExportLedgerAsync(string instance, LedgerExportRequest request, Stream destination, CancellationToken cancellationToken = default) =>
        throw new RoleNotFoundException(instance, "running instance with a ledger");

    /// <summary>Sends an instance's clients elsewhere, for at most <paramref name="patience"/>, then stops it and, if wanted, starts it again.</summary>
    Task<RoleStatus> DrainAsync(string name, TimeSpan patience, bool restart, CancellationToken cancellationToken = default) =>
        restart ? RestartAsync(name, cancellationToken) : StopAsync(name, cancellationToken);

    /// <summary>Publishes an event about the host as a whole, or about an instance.</summary>
    ValueTask PublishAsync(string? instance, string type, RoleEventSeverity severity, string message, object? data = null) =>
        ValueTask.CompletedTask;
}
