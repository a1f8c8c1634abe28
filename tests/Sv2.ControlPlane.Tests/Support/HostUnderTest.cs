using Microsoft.Extensions.Logging.Abstractions;
using Sv2.Roles;
using Sv2.Roles.Hosting;

namespace Sv2.ControlPlane.Tests.Support;

/// <summary>
/// The role host that these tests run over: the in-process one. The cluster's tests compile these same tests with another
/// class of this name, which gives them the cluster's host.
/// </summary>
internal sealed class HostUnderTest : IAsyncDisposable
{
    private readonly InProcessRoleHost _host;

    private HostUnderTest(InProcessRoleHost host) => _host = host;

    public IRoleHost Roles => _host;

    /// <summary>A host without instances.</summary>
    /// <param name="folder">Where it may keep files.</param>
    /// <param name="kind">The only kind of role.</param>
    /// <param name="time">The clock.</param>
    public static Task<HostUnderTest> StartAsync(string folder, IRoleKind kind, TimeProvider time) => Task.FromResult(new HostUnderTest(
        new InProcessRoleHost(new InProcessRoleHostOptions { DataDirectory = folder }, [kind], NullLoggerFactory.Instance, time)));

    public ValueTask DisposeAsync() => _host.DisposeAsync();
}
