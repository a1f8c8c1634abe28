using Microsoft.Extensions.Logging;

namespace Sv2.Roles.Hosting;

/// <summary>Puts the instance's name before every category, so that two pools in one process can be told apart.</summary>
internal sealed class InstanceLoggerFactory(string instance, ILoggerFactory inner) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) =>
        inner.CreateLogger($"{instance}/{categoryName[(categoryName.LastIndexOf('.') + 1)..]}");

    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    /// <summary>Nothing: the host owns the factory inside.</summary>
    public void Dispose()
    {
    }
}
