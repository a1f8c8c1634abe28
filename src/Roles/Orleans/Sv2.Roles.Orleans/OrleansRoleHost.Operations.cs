using Sv2.Roles.Orleans.Grains;
using Sv2.Roles.Orleans.Silos;

namespace Sv2.Roles.Orleans;

/// <content>What can be done to an instance beyond its life cycle, and events. What is about a running role its own silo does.</content>
internal sealed partial class OrleansRoleHost
{
    /// <inheritdoc/>
    public IAsyncEnumerable<RoleEvent> SubscribeAsync(long afterId, CancellationToken cancellationToken = default) =>
        _events.ReadAsync(afterId, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<long> GetLastEventIdAsync(CancellationToken cancellationToken = default) =>
        await _events.GetLastIdAsync(cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<RoleEvent>> ListEventsAsync(CancellationToken cancellationToken = default) =>
        await _events.ListAsync(cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public ValueTask PublishAsync(string? instance, string type, RoleEventSeverity severity, string message, object? data = null) =>
        _local.PublishAsync(instance, type, severity, message, data);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<KeyInfo>> ListKeysAsync(CancellationToken cancellationToken = default)
    {
        IReadOnlyList<RoleView> views = await ViewsAsync(cancellationToken).ConfigureAwait(false);
        ILookup<string, KeyInfo> ofOwners = (await AskOwnersAsync(views, silo => silo.ListKeysAsync().WaitAsync(cancellationToken)).ConfigureAwait(false))
            .ToLookup(answer => answer.Item.Instance, answer => answer.Item);
        var keys = new List<KeyInfo>();
        foreach (RoleView view in views)
        {
            try
            {
                keys.AddRange(view.OwnerAddress is null ? await _local.ListKeysOfAsync(view.Definition).ConfigureAwait(false) : ofOwners[view.Definition.Name]);
            }
            catch (RoleException)
            {
                // Its own state says what is wrong with its configuration or its files.
            }
        }

        return keys;
    }

    /// <inheritdoc/>
    public async Task<KeyRotation> RotateKeyAsync(string instance, string name, CancellationToken cancellationToken = default)
    {
        RoleView view = await FindAsync(instance, cancellationToken).ConfigureAwait(false);
        return view.OwnerAddress is { } owner
            ? await _silos.Of(owner).RotateKeyAsync(instance, name).WaitAsync(cancellationToken).ConfigureAwait(false)
            : await _local.RotateKeyOfAsync(view.Definition, name).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<LedgerSummary>> ListLedgersAsync(CancellationToken cancellationToken = default) =>
    [
        .. (await AskOwnersAsync(
            await ViewsAsync(cancellationToken).ConfigureAwait(false),
            silo => silo.ListLedgersAsync().WaitAsync(cancellationToken)).ConfigureAwait(false))
            .Select(answer => answer.Item).OrderBy(ledger => ledger.Instance, StringComparer.Ordinal),
    ];

    /// <inheritdoc/>
    public async Task ExportLedgerAsync(string instance, LedgerExportRequest request, Stream destination, CancellationToken cancellationToken = default)
    {
        if ((await FindAsync(instance, cancellationToken).ConfigureAwait(false)).OwnerAddress is not { } owner)
            throw new RoleNotFoundException(instance, "running instance with a ledger");
        var sink = new ExportSink(destination, cancellationToken);
        IExportSink reference = _grains.CreateObjectReference<IExportSink>(sink);
        try
        {
            await _silos.Of(owner).ExportLedgerAsync(instance, request, reference).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _grains.DeleteObjectReference<IExportSink>(reference);
        }
    }

    /// <inheritdoc/>
    public async Task<RoleStatus> DrainAsync(string name, TimeSpan patience, bool restart, CancellationToken cancellationToken = default)
    {
        if ((await FindAsync(name, cancellationToken).ConfigureAwait(false)).OwnerAddress is { } owner)
            await _silos.Of(owner).DrainAsync(name, patience).WaitAsync(cancellationToken).ConfigureAwait(false);
        return restart ? await RestartAsync(name, cancellationToken).ConfigureAwait(false) : await StopAsync(name, cancellationToken).ConfigureAwait(false);
    }
}
