using Sv2.Protocol;
using Sv2.Protocol.Common;

namespace Sv2.Transport.Setup;

/// <summary>How setting up a session ended (§3.6.1): what was agreed, or why it failed.</summary>
public sealed record SetupResult
{
    /// <summary>Why it failed; null where it succeeded. The connection is closed then, with <see cref="SetupFailure.Reason"/>.</summary>
    public SetupFailure? Failure { get; init; }

    /// <summary>Whether the session is set up.</summary>
    public bool Succeeded => Failure is null;

    /// <summary>The protocol of the connection.</summary>
    public Subprotocol Protocol { get; init; }

    /// <summary>The version both sides use for the rest of the connection's life.</summary>
    public ushort UsedVersion { get; init; }

    /// <summary>The flags of <c>SetupConnection</c>. Each protocol has its own set.</summary>
    public uint ClientFlags { get; init; }

    /// <summary>The flags of <c>SetupConnection.Success</c>: another set than the client's, with other meanings of the same bits.</summary>
    public uint ServerFlags { get; init; }

    /// <summary>Who the client says it is. On the client's side, what it said itself.</summary>
    public PeerInfo Client { get; init; } = PeerInfo.Unknown;

    /// <summary>
    /// The extensions in use (0x0001). Live: on the server's side a client may still negotiate right after setup, so ask
    /// when a message comes, not once at the start.
    /// </summary>
    public NegotiatedExtensions Extensions { get; init; } = new();

    /// <summary>
    /// On the client's side: whether the server answered a request for extensions, or none was made. A server that does
    /// not know extension 0x0001 stays silent.
    /// </summary>
    public bool ExtensionsAnswered { get; init; } = true;

    /// <summary>On the client's side: the time from <c>SetupConnection</c> to its answer.</summary>
    public TimeSpan SetupTime { get; init; }

    /// <summary>On the client's side: the time that negotiating extensions took.</summary>
    public TimeSpan ExtensionsTime { get; init; }
}

/// <summary>Why a session could not be set up.</summary>
/// <param name="Reason">Why the connection was closed.</param>
/// <param name="ErrorCode">
/// The error code that was sent (server) or received (client, sanitised for logs); null where none was. Not to be relied
/// on: codes differ between implementations (§3.5).
/// </param>
/// <param name="UnsupportedFlags">
/// All flags of the request that the server does not support; 0 where flags are not the cause (§3.6.3).
/// </param>
public sealed record SetupFailure(CloseReason Reason, string? ErrorCode = null, uint UnsupportedFlags = 0);

/// <summary>Who a client says it is in <c>SetupConnection</c>. Texts are made safe for logs and pages.</summary>
/// <param name="Vendor">Its maker.</param>
/// <param name="HardwareVersion">Its hardware or software package.</param>
/// <param name="Firmware">Its firmware.</param>
/// <param name="DeviceId">Its identifier; usually empty.</param>
/// <param name="EndpointHost">The host it connected to, as it sees it.</param>
/// <param name="EndpointPort">The port it connected to, as it sees it.</param>
public sealed record PeerInfo(string Vendor, string HardwareVersion, string Firmware, string DeviceId, string EndpointHost, int EndpointPort)
{
    /// <summary>Nothing was said.</summary>
    public static PeerInfo Unknown { get; } = new("", "", "", "", "", 0);

    internal static PeerInfo From(in SetupConnection setup) => new(
        LogText.Sanitise(setup.Vendor), LogText.Sanitise(setup.HardwareVersion), LogText.Sanitise(setup.Firmware),
        LogText.Sanitise(setup.DeviceId), LogText.Sanitise(setup.EndpointHost), setup.EndpointPort);
}
