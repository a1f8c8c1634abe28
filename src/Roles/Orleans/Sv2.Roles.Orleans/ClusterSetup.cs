using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Serialization;
using Orleans.Storage;
using Sv2.Roles.Hosting;
using Sv2.Roles.Orleans.Events;
using Sv2.Roles.Orleans.Silos;
using Sv2.Roles.Orleans.Storage;
using Sv2.Roles.Orleans.Supervision;
using Sv2.Roles.Orleans.Templates;

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
            new InProcessRoleHostOptions { DataDirectory = dataDirectory, TemplateExchange = services.GetRequiredService<TemplateExchange>() }, kinds, services.GetRequiredService<ILoggerFactory>(), time));
        silo.AddGrainService<SiloRoles>();
        silo.Services.AddSingleton<SiloRolesClient>();
        silo.Services.AddSingleton<TemplateExchange>();
        silo.Services.AddSingleton<LedgerForwarder>();
        silo.Services.AddSingleton<EventForwarder>();
        silo.Services.AddSingleton<ClusterEvents>();
        silo.Services.AddSingleton<SiloSupervisor>();
        silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(services => services.GetRequiredService<SiloSupervisor>());
        silo.Services.AddSingleton<OrleansRoleHost>();
        silo.Services.AddSingleton<IRoleHost>(services => services.GetRequiredService<OrleansRoleHost>());
        // What roles report is plain data with a JSON form of its own, so it crosses machines in that form. Errors have surrogates.
        silo.Services.AddSerializer(serializer => serializer.AddJsonSerializer(
            static type => type.Namespace == typeof(RoleStatus).Namespace && !type.IsAssignableTo(typeof(Exception)), RoleJson.Wire));
        return silo;
    }

    /// <summary>Members, grain state and reminders in one SQLite file that the silos of this machine share.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="path">Path of the file; made if need be.</param>
    public static ISiloBuilder UseSqliteCluster(this ISiloBuilder silo, string path) => silo.UseDatabase(new SqliteClusterDatabase(path));

    /// <summary>Members, grain state and reminders in a PostgreSQL database.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="connectionString">The connection string.</param>
    /// <exception cref="ConfigurationException">It cannot be read, or leads to no database that can be used.</exception>
    public static ISiloBuilder UsePostgresCluster(this ISiloBuilder silo, string connectionString) =>
        silo.UseDatabase(new PostgresClusterDatabase(connectionString));

    private static ISiloBuilder UseDatabase(this ISiloBuilder silo, ClusterDatabase database)
    {
        silo.Services.AddSingleton(database);
        silo.Services.AddSingleton<IMembershipTable, MembershipTable>();
        silo.Services.AddKeyedSingleton<IGrainStorage, GrainStorage>(ClusterStorage.Name);
        silo.Services.AddSingleton<IReminderTable, ReminderTable>();
        silo.AddReminders();
        return silo;
    }
}
