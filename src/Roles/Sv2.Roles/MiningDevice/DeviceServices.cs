using Microsoft.Extensions.Logging;

namespace Sv2.Roles.MiningDevice;

/// <summary>What the parts of a device share.</summary>
internal sealed record DeviceServices(TimeProvider Time, ILoggerFactory Loggers, IRoleEvents Events, DeviceCounters Counters)
{
    public ILogger Logger { get; } = Loggers.CreateLogger(typeof(MiningDeviceRole));
}
