using System.Net;
using System.Runtime.InteropServices;
using Sv2.Protocol;
using Sv2.Protocol.Common;
using Sv2.Protocol.Extensions.ExtensionsNegotiation;

namespace Sv2.Transport.Setup;

/// <summary>
/// The client's side of setting a session up: sends <c>SetupConnection</c> (§3.6.1), checks the answer, and negotiates
/// extensions (0x0001) before anything else is sent.
/// </summary>
public sealed record ClientSetup
{
    /// <summary>All flags set: a server answers with the full set it does not support, which shows what it does (§3.6.3).</summary>
    public const uint ProbeFlags = 0xFFFF_FFFF;

    /// <summary>The protocol wanted.</summary>
    public required Subprotocol Protocol { get; init; }

    /// <summary>The lowest version spoken. Default 2.</summary>
    public ushort MinVersion { get; init; } = 2;

    /// <summary>The highest version spoken. Default 2.</summary>
    public ushort MaxVersion { get; init; } = 2;

    /// <summary>Optional features wanted; each protocol has its own set.</summary>
    public uint Flags { get; init; }

    /// <summary>The flags of <c>SetupConnection.Success</c> that this client knows; others are logged. Default: all.</summary>
    public uint KnownServerFlags { get; init; } = uint.MaxValue;

    /// <summary>Who made the client, with its version. Always sent (§3.6.1).</summary>
    public required string Vendor { get; init; }

    /// <summary>The hardware or software package. Default: the operating system and processor architecture's name.</summary>
    public string HardwareVersion { get; init; } = $"{(OperatingSystem.IsWindows() ? "windows" : OperatingSystem.IsMacOS() ? "macos" : "linux")}-{RuntimeInformation.ProcessArchitecture}".ToLowerInvariant();

    /// <summary>The firmware. Default: empty.</summary>
    public string Firmware { get; init; } = "";

    /// <summary>The device's identifier; empty unless telemetry is wanted (§3.6.1), which is the default.</summary>
    public string DeviceId { get; init; } = "";

    /// <summary>The host connected to, as the user gave it; null takes the connection's remote address.</summary>
    public string? EndpointHost { get; init; }

    /// <summary>The port connected to; null takes the connection's remote port.</summary>
    public ushort? EndpointPort { get; init; }

    /// <summary>Extensions to ask for, besides 0x0001. Empty: no negotiation takes place.</summary>
    public IReadOnlyList<ushort> RequestedExtensions { get; init; } = [];

    /// <summary>Extensions not asked for, but used where the server requires them.</summary>
    public IReadOnlyList<ushort> ExtensionsOnDemand { get; init; } = [];

    /// <summary>
    /// Least time to wait for the answer to a request for extensions. The wait is twice the time that connecting and
    /// setup took (0x0001, implementation notes), but not less than this. Default 500 ms.
    /// </summary>
    public TimeSpan ExtensionsTimeoutMin { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// Whether a <c>Reconnect</c> closes the connection with <see cref="CloseKind.ReconnectRequested"/>, the request
    /// being kept in <see cref="Sv2Connection.ReconnectRequest"/>. False hands the message to the handler, for roles
    /// that open the new connection before they leave the old one. Default true.
    /// </summary>
    public bool ClosesOnReconnect { get; init; } = true;

    /// <summary>How many times the connection time to wait for the answer to a request for extensions.</summary>
    internal int TimeoutFactor { get; init; } = 2;

    /// <summary>
    /// Sets the session up. Returns when the client may go on, or when the connection is closed; the wait for
    /// <c>SetupConnection.Success</c> is limited by <see cref="ConnectionOptions.SetupTimeout"/>. Frames behind it wait
    /// for the next <see cref="Sv2Connection.RunAsync"/>.
    /// </summary>
    /// <param name="connection">A connection on which nothing was sent yet.</param>
    /// <param name="cancellation">Closes the connection.</param>
    /// <exception cref="ArgumentException">The vendor is empty, or a text does not fit its field.</exception>
    public async Task<SetupResult> RunAsync(Sv2Connection connection, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentException.ThrowIfNullOrWhiteSpace(Vendor);
        var session = new ClientSession(this, connection);
        return await session.RunAsync(cancellation).ConfigureAwait(false);
    }

    internal SetupConnection ToMessage(Sv2Connection connection) => new()
    {
        Protocol = Protocol,
        MinVersion = MinVersion,
        MaxVersion = MaxVersion,
        Flags = Flags,
        EndpointHost = EndpointHost ?? (connection.RemoteEndPoint as IPEndPoint)?.Address.ToString() ?? "",
        EndpointPort = EndpointPort ?? (ushort)((connection.RemoteEndPoint as IPEndPoint)?.Port ?? 0),
        Vendor = Vendor,
        HardwareVersion = HardwareVersion,
        Firmware = Firmware,
        DeviceId = DeviceId,
    };
}
