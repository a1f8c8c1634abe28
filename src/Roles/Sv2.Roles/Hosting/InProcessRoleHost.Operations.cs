namespace Sv2.Roles.Hosting;

/// <content>What can be done to an instance beyond its life cycle: keys, ledger, draining, and events about it.</content>
public sealed partial class InProcessRoleHost
{
    /// <inheritdoc/>
    public ValueTask PublishAsync(string? instance, string type, RoleEventSeverity severity, string message, object? data = null)
    {
        _events.Publish(instance, type, severity, message, data);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<KeyInfo>> ListKeysAsync(CancellationToken cancellationToken = default)
    {
        var keys = new List<KeyInfo>();
        foreach (RoleSupervisor instance in Ordered())
        {
            try
            {
                keys.AddRange(await WithAsync<IKeySource, IReadOnlyList<KeyInfo>>(instance, source => source.ListKeys()).ConfigureAwait(false) is { } own
                    ? own.Select(key => key with { Instance = instance.Definition.Name })
                    : []);
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
        RoleSupervisor found = Find(instance);
        KeyRotation rotation = await RotateAsync(found, name).ConfigureAwait(false);
        Announce(instance, $"Has a new {name} key");
        if (found.Status().State != RoleState.Stopped)
        {
            await found.StopAsync(_options.StopGrace).ConfigureAwait(false);
            await found.StartAsync(cancellationToken).ConfigureAwait(false);
        }

        return rotation;
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<LedgerSummary>> ListLedgersAsync(CancellationToken cancellationToken = default)
    {
        var ledgers = new List<LedgerSummary>();
        foreach ((string instance, ILedgerSource source) in Sources<ILedgerSource>(ListQuery.First))
            ledgers.Add(await source.SummarizeLedgerAsync(cancellationToken).ConfigureAwait(false) with { Instance = instance });
        return ledgers;
    }

    /// <inheritdoc/>
    public Task ExportLedgerAsync(string instance, LedgerExportRequest request, Stream destination, CancellationToken cancellationToken = default) =>
        Find(instance).Running is ILedgerSource source
            ? source.ExportLedgerAsync(request, destination, cancellationToken)
            : throw new RoleNotFoundException(instance, "running instance with a ledger");

    /// <inheritdoc/>
    public async Task<RoleStatus> DrainAsync(string name, TimeSpan patience, bool restart, CancellationToken cancellationToken = default)
    {
        await DrainClientsAsync(name, patience, cancellationToken).ConfigureAwait(false);
        return restart ? await RestartAsync(name, cancellationToken).ConfigureAwait(false) : await StopAsync(name, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends an instance's clients elsewhere, for at most <paramref name="patience"/>; a stop by whoever asked for it follows.</summary>
    /// <exception cref="RoleNotFoundException">No instance has this name.</exception>
    public async Task DrainClientsAsync(string name, TimeSpan patience, CancellationToken cancellationToken = default)
    {
        if (Find(name).Running is not IDrainable drainable)
            return;
        Announce(name, "Drains");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(patience);
        try
        {
            // The role may be at fault; draining must not outlast its time all the same.
            await drainable.DrainAsync(limit.Token).WaitAsync(patience, _time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            Announce(name, $"Not all clients had gone after {patience.TotalSeconds:0} s");
        }
    }

    /// <summary>Keys in the data folder of an instance that this host does not run, for a host of several machines.</summary>
    /// <exception cref="RoleException">Its configuration or its files cannot be used.</exception>
    public async ValueTask<IReadOnlyList<KeyInfo>> ListKeysOfAsync(RoleDefinition definition) =>
        await WithAsync<IKeySource, IReadOnlyList<KeyInfo>>(Supervise(definition), source => source.ListKeys()).ConfigureAwait(false) is { } own
            ? [.. own.Select(key => key with { Instance = definition.Name })]
            : [];

    /// <summary>As <see cref="RotateKeyAsync"/>, for an instance that this host does not run.</summary>
    /// <exception cref="RoleException">It has no keys, or its key file cannot be replaced.</exception>
    public async Task<KeyRotation> RotateKeyOfAsync(RoleDefinition definition, string name)
    {
        KeyRotation rotation = await RotateAsync(Supervise(definition), name).ConfigureAwait(false);
        Announce(definition.Name, $"Has a new {name} key");
        return rotation;
    }

    private static async Task<KeyRotation> RotateAsync(RoleSupervisor instance, string name) =>
        await WithAsync<IKeySource, KeyRotation>(instance, source => source.RotateKey(name)).ConfigureAwait(false)
            ?? throw new RoleException($"'{instance.Definition.Name}' has no keys of its own.", "Choose an instance that listens.");

    /// <summary>Asks an instance as a source: the one that runs, or else one made for the question. Default where it is none.</summary>
    private static async Task<TResult?> WithAsync<TSource, TResult>(RoleSupervisor instance, Func<TSource, TResult> ask)
        where TSource : class
        where TResult : class
    {
        if (instance.Running is { } running)
            return running is TSource source ? ask(source) : null;
        IRole made = instance.Make();
        await using (made.ConfigureAwait(false))
            return made is TSource source ? ask(source) : null;
    }
}
