namespace Sv2.Roles;

/// <summary>
/// One running (or stopped) instance of a role. The host calls <see cref="StartAsync"/> once, <see cref="StopAsync"/> at most
/// once and then disposes; when <see cref="StartAsync"/> throws it disposes at once. To start again it makes a new instance. <see cref="Report"/> may be called at any time from any
/// thread. What the role can show beyond its report it offers through <see cref="IChannelSource"/>,
/// <see cref="IWorkerSource"/>, <see cref="IBlockSource"/> and <see cref="ITemplateSource"/>.
/// </summary>
public interface IRole : IAsyncDisposable
{
    /// <summary>
    /// Binds listeners and begins to work; returns as soon as the role serves. A role whose upstream is away starts all the
    /// same, keeps trying and says so in its report.
    /// </summary>
    /// <exception cref="ConfigurationException">A key must be changed first (a port in use, an unreadable key file). Not retried.</exception>
    /// <exception cref="RoleException">The role cannot start now. The host tries again with back-off.</exception>
    Task StartAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Stops accepting, says goodbye to peers, makes durable what has been acknowledged. When
    /// <paramref name="cancellationToken"/> fires the time is up: let go at once, still losing nothing acknowledged.
    /// </summary>
    Task StopAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Completes when a started role has ended: successfully after <see cref="StopAsync"/>, faulted when it ended by its own
    /// fault. Never completes before <see cref="StartAsync"/>.
    /// </summary>
    Task Completion { get; }

    /// <summary>How the role is now. Cheap, never blocks, never throws.</summary>
    RoleReport Report();
}
