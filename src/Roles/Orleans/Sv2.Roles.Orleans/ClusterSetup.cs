using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Serialization;
using Orleans.Storage;
using Sv2.Roles.Hosting;
using Sv2.Roles.Orleans.Queries;
using Sv2.Roles.Orleans.Sqlite;
using Sv2.Roles.Orleans.Supervision;

namespace Sv2.Roles.Orleans;

/// <summary>Puts the roles into a silo.</summary>
public static class ClusterSetup
{
    /// <summary>Adds grains, supervisor and queries. Clustering, storage and reminders are chosen apart.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="dataDirectory">Folder of the roles' data. Silos that are to take over roles from one another share it.</param>
    /// <param name="kinds">The kinds that can run.</param>
    /// <param name="options">Times.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="ConfigurationException">The times do not fit together.</exception>
    public static ISiloBuilder AddRoles(this ISiloBuilder silo, string dataDirectory, IReadOnlyList<IRoleKind> kinds, ClusterOptions options, TimeProvider time)
    {
        options.Validate();
        silo.Services.AddSingleton(options);
        silo.Services.TryAddSingleton(time);
        silo.Services.AddSingleton(services => new InProcessRoleHost(
            new InProcessRoleHostOptions { DataDirectory = dataDirectory }, kinds, services.GetRequiredService<ILoggerFactory>(), time));
        silo.AddGrainService<SiloQueries>();
        silo.Services.AddSingleton(services => new SiloQueriesClient(services));
        silo.Services.AddSingleton<SiloSupervisor>();
        silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(services => services.GetRequiredService<SiloSupervisor>());
        silo.Services.AddSingleton(services => new OrleansRoleHost(
            services.GetRequiredService<IGrainFactory>(), kinds, services.GetRequiredService<SiloQueriesClient>(), options, time,
            services.GetRequiredService<ILogger<OrleansRoleHost>>()));
        silo.Services.AddSingleton<IRoleHost>(services => services.GetRequiredService<OrleansRoleHost>());
        // What roles report is plain data with a JSON form of its own, so it crosses machines in that form.
        silo.Services.AddSerializer(serializer => serializer.AddJsonSerializer(
            static type => type.Namespace == typeof(RoleStatus).Namespace, RoleJson.Wire));
        return silo;
    }

    /// <summary>Members, grain state and reminders in one SQLite file that the silos of this machine share.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="path">Path of the file; made if need be.</param>
    public static ISiloBuilder UseSqliteCluster(this ISiloBuilder silo, string path)
    {
        silo.Services.AddSingleton(_ => new ClusterDatabase(path));
        silo.Services.AddSingleton<IMembershipTable, SqliteMembershipTable>();
        silo.Services.AddKeyedSingleton<IGrainStorage, SqliteGrainStorage>(ClusterStorage.Name);
        silo.Services.AddSingleton<IReminderTable, SqliteReminderTable>();
        silo.AddReminders();
        return silo;
    }
}
