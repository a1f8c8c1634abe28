using System.ComponentModel.DataAnnotations;
using Sv2.Protocol;

namespace Sv2.Roles.MiningDevice;

/// <summary>Configuration of a mining device that hashes on this machine's processors.</summary>
public sealed class MiningDeviceOptions
{
    /// <summary>
    /// Pools in order of preference: <c>stratum2+tcp://host:port/authority-key</c>, or <c>stratum+tcp://host:port</c> for one
    /// that speaks Stratum V1, such as a translator. While a later one is in use, those before it are tried again and again.
    /// </summary>
    [Required, MinLength(1), MaxLength(8)]
    public IReadOnlyList<string> Pools { get; init; } = [];

    /// <summary>Who mines, as the pool wants it: usually <c>account.worker</c>, or a payout address.</summary>
    [StringLength(255)]
    public string UserIdentity { get; init; } = "sv2.device";

    /// <summary>Whether to open a standard channel (the pool makes the merkle roots) or an extended one (the device makes them).</summary>
    public DeviceChannel Channel { get; init; } = DeviceChannel.Standard;

    /// <summary>
    /// Name of this worker, at most 32 bytes in UTF-8, that goes with every share of an extended channel where the pool
    /// knows extension 0x0002 (worker-specific hash rate). Empty, the default, tells nothing: privacy asks for that.
    /// </summary>
    [StringLength(32)]
    public string WorkerName { get; init; } = "";

    /// <summary>Order of the bytes in type and length of the worker's name. Deployed pools take the little end first; the specification's example has it the other way.</summary>
    public TlvByteOrder TlvByteOrder { get; init; } = TlvByteOrder.LittleEndian;

    /// <summary>Hashing threads. 0 takes one for each processor.</summary>
    [Range(0, 1024)]
    public int Threads { get; init; } = 1;

    /// <summary>Hashes a second, all threads together, that the device does not exceed. 0 lets it run as fast as it can.</summary>
    [Range(0, 1e18)]
    public double TargetHashRate { get; init; } = 2_000_000;

    /// <summary>Whether to roll version bits where the pool allows it (BIP 323).</summary>
    public bool VersionRolling { get; init; } = true;

    /// <summary>Identifier of the device that the pool is told; empty for none, which is what privacy asks for.</summary>
    [StringLength(255)]
    public string DeviceId { get; init; } = "";

    /// <summary>Longest wait between two attempts to connect. The waits double from half a second up to this.</summary>
    [Range(typeof(TimeSpan), "00:00:00.5000000", "01:00:00")]
    public TimeSpan ReconnectDelayMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often the pools before the one in use are tried.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan ReturnInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How often a line about the progress is logged.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan ProgressInterval { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>The kind of channel a device opens.</summary>
public enum DeviceChannel
{
    /// <summary>Header-only mining: the pool gives the merkle root (5.2.1).</summary>
    Standard,

    /// <summary>The device rolls an extranonce and makes the merkle root (5.2.2).</summary>
    Extended,
}
