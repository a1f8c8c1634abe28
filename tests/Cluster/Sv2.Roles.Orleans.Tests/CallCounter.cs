using System.Collections.Concurrent;

namespace Sv2.Roles.Orleans.Tests;

/// <summary>Counts the calls that leave the silos of a test for grains, grain services and observers.</summary>
internal sealed class CallCounter : IOutgoingGrainCallFilter
{
    private readonly ConcurrentDictionary<string, long> _calls = new(StringComparer.Ordinal);

    public long Total => _calls.Where(call => call.Key.EndsWith("Async", StringComparison.Ordinal)).Sum(call => call.Value);

    public long Of(string method) => _calls.GetValueOrDefault(method);

    public Task Invoke(IOutgoingGrainCallContext context)
    {
        // Orleans' own calls are not counted: their number depends on the silos, not on us.
        if (context.InterfaceMethod.DeclaringType?.Namespace?.StartsWith("Sv2.", StringComparison.Ordinal) == true)
            _calls.AddOrUpdate(context.InterfaceMethod.Name, 1, static (_, count) => count + 1);
        return context.Invoke();
    }
}
