using System.Globalization;
using System.Net;
using Microsoft.Extensions.Options;
using Orleans.Runtime;
using Orleans.Storage;
using Sv2.Roles.Orleans.Grains;
using Sv2.Roles.Orleans.Storage;

namespace Sv2.Roles.Orleans.Tests;

/// <summary>What the silos' shared database must do, whichever it is. Every check has a cluster of its own in it.</summary>
internal sealed class StorageContract(ClusterDatabase database)
{
    public async Task CheckAsync()
    {
        await One_of_many_who_change_the_members_at_once_succeedsAsync();
        await Members_are_kept_and_the_dead_are_cleared_awayAsync();
        await State_that_somebody_else_has_changed_is_not_overwrittenAsync();
        await Reminders_are_found_by_grain_and_by_rangeAsync();
    }

    private async Task One_of_many_who_change_the_members_at_once_succeedsAsync()
    {
        MembershipTable table = await TableAsync("race");
        TableVersion first = (await table.ReadAll()).Version.Next();

        bool[] inserted = await Task.WhenAll(Enumerable.Range(1, 8).Select(i => table.InsertRow(Entry(i), first)));

        Assert.Single(inserted, done => done);
        MembershipTableData all = await table.ReadAll();
        (MembershipEntry winner, string etag) = Assert.Single(all.Members);
        bool[] updated = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => table.UpdateRow(winner, etag, all.Version.Next())));
        Assert.Single(updated, done => done);
        Assert.Equal(2, (await table.ReadAll()).Version.Version);
        Assert.False(await table.UpdateRow(winner, etag, (await table.ReadAll()).Version.Next()));
    }

    private async Task Members_are_kept_and_the_dead_are_cleared_awayAsync()
    {
        MembershipTable table = await TableAsync("members");
        MembershipEntry active = Entry(1), dead = Entry(2);
        active.Status = SiloStatus.Active;
        dead.Status = SiloStatus.Dead;
        dead.SuspectTimes = [Tuple.Create(active.SiloAddress, new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc))];
        Assert.True(await table.InsertRow(active, (await table.ReadAll()).Version.Next()));
        Assert.True(await table.InsertRow(dead, (await table.ReadAll()).Version.Next()));
        Assert.False(await table.InsertRow(dead, (await table.ReadAll()).Version.Next()));

        active.IAmAliveTime = new DateTime(2026, 2, 2, 0, 0, 0, DateTimeKind.Utc);
        await table.UpdateIAmAlive(active);
        Assert.Equal(active.IAmAliveTime, Assert.Single((await table.ReadRow(active.SiloAddress)).Members).Item1.IAmAliveTime);
        Assert.Equal(dead.SuspectTimes, Assert.Single((await table.ReadRow(dead.SiloAddress)).Members).Item1.SuspectTimes);

        await table.CleanupDefunctSiloEntries(new DateTimeOffset(2026, 3, 3, 0, 0, 0, TimeSpan.Zero));
        Assert.Equal(active.SiloAddress, Assert.Single((await table.ReadAll()).Members).Item1.SiloAddress);
        await table.DeleteMembershipTableEntries("members");
        Assert.Empty((await table.ReadAll()).Members);
    }

    private async Task State_that_somebody_else_has_changed_is_not_overwrittenAsync()
    {
        var storage = new GrainStorage(database, Settings("storage"));
        GrainId id = GrainId.Create("test", "a");
        var mine = new GrainState<CatalogueRecord>(new CatalogueRecord { Names = ["ünïcode 🦀"] });
        await storage.WriteStateAsync("state", id, mine);
        var other = new GrainState<CatalogueRecord>();
        await storage.ReadStateAsync("state", id, other);
        Assert.Equal(["ünïcode 🦀"], other.State!.Names);

        other.State!.Names.Add("b");
        await storage.WriteStateAsync("state", id, other);
        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.WriteStateAsync("state", id, mine));
        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.WriteStateAsync("state", id, new GrainState<CatalogueRecord>(new CatalogueRecord())));

        await storage.ClearStateAsync("state", id, other);
        var again = new GrainState<CatalogueRecord>();
        await storage.ReadStateAsync("state", id, again);
        Assert.Equal((false, 0), (again.RecordExists, again.State!.Names.Count));
        await storage.WriteStateAsync("state", id, again);
    }

    private async Task Reminders_are_found_by_grain_and_by_rangeAsync()
    {
        var table = new ReminderTable(database, Settings("reminders"));
        GrainId[] grains = [.. Enumerable.Range(0, 20).Select(i => GrainId.Create("test", i.ToString(CultureInfo.InvariantCulture)))];
        foreach (GrainId grain in grains) await table.UpsertRow(Reminder(grain, TimeSpan.FromMinutes(1)));
        string? etag = await table.UpsertRow(Reminder(grains[3], TimeSpan.FromMinutes(2)));

        ReminderEntry changed = (await table.ReadRow(grains[3], "r"))!;
        Assert.Equal((TimeSpan.FromMinutes(2), etag), (changed.Period, changed.ETag));
        Assert.Single((await table.ReadRows(grains[4])).Reminders);
        uint middle = grains[7].GetUniformHashCode();
        int low = (await table.ReadRows(0, middle)).Reminders.Count, high = (await table.ReadRows(middle, 0)).Reminders.Count;
        Assert.Equal(grains.Length, low + high);
        Assert.Equal(grains.Count(grain => grain.GetUniformHashCode() <= middle), low);

        Assert.False(await table.RemoveRow(grains[3], "r", "1"));
        Assert.True(await table.RemoveRow(grains[3], "r", etag!));
        Assert.Null(await table.ReadRow(grains[3], "r"));
    }

    private async Task<MembershipTable> TableAsync(string cluster)
    {
        var table = new MembershipTable(database, Settings(cluster));
        await table.InitializeMembershipTable(true);
        await table.InitializeMembershipTable(true);
        return table;
    }

    private static IOptions<global::Orleans.Configuration.ClusterOptions> Settings(string name) =>
        Options.Create(new global::Orleans.Configuration.ClusterOptions { ClusterId = name, ServiceId = name });

    private static MembershipEntry Entry(int number) => new()
    {
        SiloAddress = SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 10_000 + number), number),
        HostName = "host",
        SiloName = $"silo-{number}",
        Status = SiloStatus.Joining,
        StartTime = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc),
        IAmAliveTime = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc),
    };

    private static ReminderEntry Reminder(GrainId grain, TimeSpan period) => new()
    {
        GrainId = grain,
        ReminderName = "r",
        StartAt = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc),
        Period = period,
    };
}
