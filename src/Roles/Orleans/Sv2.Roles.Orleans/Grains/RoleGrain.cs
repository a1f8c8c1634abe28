using System.Text.Json;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Sv2.Roles.Hosting;

namespace Sv2.Roles.Orleans.Grains;

internal sealed partial class RoleGrain(
    [PersistentState("role", ClusterStorage.Name)] IPersistentState<RoleRecord> stored,
    ClusterOptions options,
    TimeProvider time,
    ILogger<RoleGrain> log) : Grain, IRoleGrain, IRemindable
{
    private const string LeaseReminder = "lease";
    private static readonly TimeSpan ReminderPeriod = TimeSpan.FromMinutes(1);

    // Offers since the role became free; the one with the fewest roles gets it when the window closes.
    private readonly Dictionary<string, RoleClaim> _claims = [];
    private long _firstClaim;
    private long _lastSeen;
    private long _freeSince;
    private RoleStatus? _status;
    private long _applied;
    private RoleDefinition? _definition;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        // Whoever had the role keeps it for a whole lease: this grain may have been away, not the owner.
        _lastSeen = _freeSince = time.GetTimestamp();
        _definition = Read(stored.State.Definition);
        return base.OnActivateAsync(cancellationToken);
    }

    public async Task<bool> CreateAsync(RoleDefinition definition)
    {
        if (_definition is not null) return false;
        _status = null;
        await StoreAsync(definition, restart: false);
        await this.RegisterOrUpdateReminder(LeaseReminder, ReminderPeriod, ReminderPeriod);
        return true;
    }

    public async Task<long> ChangeAsync(RoleDefinition definition, bool restart)
    {
        if (_definition is null) return 0;
        await StoreAsync(definition, restart);
        return stored.State.Version;
    }

    public async Task<bool> DeleteAsync()
    {
        if (_definition is null) return false;
        stored.State.Definition = null;
        stored.State.Version++;
        await WriteAsync();
        _definition = null;
        if (await this.GetReminder(LeaseReminder) is { } reminder) await this.UnregisterReminder(reminder);
        return true;
    }

    public async Task MoveAsync(string silo)
    {
        if (_definition is null || stored.State.Owner == silo) return;
        stored.State.Wanted = silo;
        await WriteAsync();
    }

    public Task<RoleView?> GetAsync() => Task.FromResult(_definition is null
        ? null
        : new RoleView(_definition, stored.State.Version, _applied, stored.State.Owner, stored.State.OwnerAddress, stored.State.Generation, _status));

    public async Task<RoleGrant?> ClaimAsync(RoleClaim claim)
    {
        if (_definition is not { DesiredState: DesiredState.Running } definition) return null;
        // Who offers does not run it: the answer that made it the owner was lost on the way, or it has stopped by itself.
        if (stored.State.Owner == claim.Silo && stored.State.OwnerAddress == claim.Address) await FreeAsync();
        if (!IsFree()) return null;
        if (_claims.Count == 0) _firstClaim = time.GetTimestamp();
        _claims[claim.Silo] = claim;
        if (!IsWinner(claim)) return null;

        RoleRecord record = stored.State;
        if (record.Owner is not null) LogLost(log, this.GetPrimaryKeyString(), record.Owner, claim.Silo);
        record.Owner = claim.Silo;
        record.OwnerAddress = claim.Address;
        record.Wanted = null;
        record.Generation++;
        // On disk before anybody runs it: a generation that was given out is never given out again.
        await WriteAsync();
        _claims.Clear();
        _status = null;
        _lastSeen = time.GetTimestamp();
        return new RoleGrant(definition, record.Version, record.Generation);
    }

    public Task<RoleOrder> RenewAsync(RoleRenewal renewal)
    {
        if (!IsOwner(renewal)) return Task.FromResult(new RoleOrder(RoleOrderKind.Stale));
        Hear(renewal);
        RoleRecord record = stored.State;
        if (_definition is not { DesiredState: DesiredState.Running } definition || record.Wanted is not null)
            return Task.FromResult(new RoleOrder(RoleOrderKind.Release));
        return Task.FromResult(renewal.AppliedVersion < record.Version
            ? new RoleOrder(RoleOrderKind.Apply, definition, record.Version, Restart: record.RestartVersion > renewal.AppliedVersion)
            : new RoleOrder(RoleOrderKind.Keep));
    }

    public async Task ReleaseAsync(RoleRenewal last)
    {
        if (!IsOwner(last)) return;
        Hear(last);
        await FreeAsync();
    }

    /// <summary>Wakes the grain where nobody asks for it, to say so when nobody runs the role.</summary>
    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        if (stored.State.Owner is not { } owner || !IsFree()) return;
        LogSilent(log, this.GetPrimaryKeyString(), owner);
        await FreeAsync();
    }

    private async Task StoreAsync(RoleDefinition definition, bool restart)
    {
        RoleRecord record = stored.State;
        record.Definition = JsonSerializer.Serialize(definition, RoleJson.Wire);
        record.Version++;
        if (restart) record.RestartVersion = record.Version;
        await WriteAsync();
        _definition = definition;
    }

    private Task WriteAsync() => this.WriteAsync(stored);

    private async Task FreeAsync()
    {
        stored.State.Owner = null;
        stored.State.OwnerAddress = null;
        await WriteAsync();
        _claims.Clear();
        _freeSince = time.GetTimestamp();
    }

    private void Hear(RoleRenewal renewal)
    {
        _lastSeen = time.GetTimestamp();
        if (renewal.Status is null) return;
        _status = renewal.Status;
        _applied = renewal.AppliedVersion;
    }

    private bool IsOwner(RoleRenewal renewal) =>
        stored.State.Owner == renewal.Silo && stored.State.Generation == renewal.Generation;

    private bool IsFree() => stored.State.Owner is null || time.GetElapsedTime(_lastSeen) >= options.Lease;

    private bool IsWinner(RoleClaim claim)
    {
        // Who was asked for has the first word, for as long as a lease.
        if (stored.State.Wanted is { } wanted && time.GetElapsedTime(_freeSince) < options.Lease) return claim.Silo == wanted;
        return time.GetElapsedTime(_firstClaim) >= options.ClaimWindow
            && _claims.Values.OrderBy(c => c.Load).ThenBy(c => c.Silo, StringComparer.Ordinal).First().Silo == claim.Silo;
    }

    private static RoleDefinition? Read(string? json) =>
        json is null ? null : JsonSerializer.Deserialize<RoleDefinition>(json, RoleJson.Wire);

    [LoggerMessage(LogLevel.Warning, "{Role}: silo {Old} was not heard of for a lease; silo {New} takes over")]
    private static partial void LogLost(ILogger log, string role, string old, string @new);

    [LoggerMessage(LogLevel.Warning, "{Role}: silo {Owner} was not heard of for a lease, and no other has taken the role yet")]
    private static partial void LogSilent(ILogger log, string role, string owner);
}
