using System.Collections.Concurrent;
using Sv2.Roles;

namespace Sv2.ControlPlane.Tests.Support;

/// <summary>
/// The role host that the control plane's tests run over here: the cluster's. Silos are kept for the next test, because they
/// take longer to start than most tests to run.
/// </summary>
internal sealed class HostUnderTest : IAsyncDisposable
{
    private static readonly ConcurrentBag<RunningSilo> Idle = [];

    private readonly RunningSilo _silo;

    private HostUnderTest(RunningSilo silo) => _silo = silo;

    public IRoleHost Roles => _silo.Roles;

    /// <summary>A host without instances.</summary>
    /// <param name="folder">Not used: a silo has a folder of its own.</param>
    /// <param name="kind">The only kind of role.</param>
    /// <param name="time">The control plane's clock; silos have the real one.</param>
    public static async Task<HostUnderTest> StartAsync(string folder, IRoleKind kind, TimeProvider time)
    {
        if (!Idle.TryTake(out RunningSilo? silo)) silo = await RunningSilo.StartAsync();
        silo.Kind.Present = kind;
        return new HostUnderTest(silo);
    }

    public async ValueTask DisposeAsync()
    {
        await _silo.ClearAsync();
        Idle.Add(_silo);
    }
}
