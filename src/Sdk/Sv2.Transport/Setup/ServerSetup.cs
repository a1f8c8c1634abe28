using System.Globalization;
using Sv2.Protocol;
using Sv2.Protocol.Common;
using Sv2.Protocol.Extensions.ExtensionsNegotiation;
using Sv2.Transport.Internal;

namespace Sv2.Transport.Setup;

/// <summary>
/// The server's side of setting a session up: answers <c>SetupConnection</c> (§3.6.1 to §3.6.3) and
/// <c>RequestExtensions</c> (extension 0x0001). One instance serves all connections of a listener, so that the same
/// flags are supported on all of them, as §3.6.3 demands.
/// </summary>
/// <remarks>
/// <code>
/// first frame ─ SetupConnection ─┬─ refused ─► SetupConnection.Error, close
///             └ anything else ─► close       └─ accepted ─► SetupConnection.Success ─┬─ nothing required ─► done
///                                                                                    └─ RequestExtensions until it names all that is required ─► done
/// </code>
/// After that a filter stays on the connection: it answers <c>RequestExtensions</c>, closes on a second
/// <c>SetupConnection</c>, and discards frames of extensions that were not negotiated and have no channel bit (§3.4.1).
/// </remarks>
public sealed class ServerSetup
{
    /// <summary>Error code: the flags in the answer are not supported, or are required and missing.</summary>
    public const string UnsupportedFeatureFlags = "unsupported-feature-flags";

    /// <summary>Error code: the connection is for a protocol that is not served here.</summary>
    public const string UnsupportedProtocol = "unsupported-protocol";

    /// <summary>Error code: there is no version that both sides speak.</summary>
    public const string VersionMismatch = "protocol-version-mismatch";

    /// <summary>Error code: the message could not be decoded.</summary>
    public const string Malformed = "malformed-message";

    /// <summary>The protocol served.</summary>
    public required Subprotocol Protocol { get; init; }

    /// <summary>The lowest version served. Default 2.</summary>
    public ushort MinVersion { get; init; } = 2;

    /// <summary>The highest version served. Default 2.</summary>
    public ushort MaxVersion { get; init; } = 2;

    /// <summary>The client flags that are supported; a client with any other is refused.</summary>
    public uint SupportedFlags { get; init; }

    /// <summary>The client flags without which a client is refused, for example <c>DECLARE_TX_DATA</c> where full templates are demanded (§6.4.1).</summary>
    public uint RequiredFlags { get; init; }

    /// <summary>The flags of <c>SetupConnection.Success</c>, given the client's. Default: none.</summary>
    public Func<uint, uint> SuccessFlags { get; init; } = static _ => 0;

    /// <summary>Last say on a client that is otherwise acceptable: returns an error code to refuse it, null to accept it. Default: accept.</summary>
    public Func<PeerInfo, string?> Admit { get; init; } = static _ => null;

    /// <summary>Extensions that clients may use, besides 0x0001.</summary>
    public IReadOnlyList<ushort> SupportedExtensions { get; init; } = [];

    /// <summary>Extensions without which no client is served.</summary>
    public IReadOnlyList<ushort> RequiredExtensions { get; init; } = [];

    /// <summary>
    /// Sets the session up. Returns when the client may go on, or when the connection is closed; time is limited by
    /// <see cref="ConnectionOptions.SetupTimeout"/>. Frames behind it wait for the next
    /// <see cref="Sv2Connection.RunAsync"/>.
    /// </summary>
    /// <param name="connection">A connection on which nothing was received yet.</param>
    /// <param name="cancellation">Closes the connection.</param>
    public async Task<SetupResult> RunAsync(Sv2Connection connection, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        var session = new ServerSession(this, connection);
        await connection.RunAsync(session, cancellation).ConfigureAwait(false);
        return session.Result;
    }

    /// <summary>The version to use, or null where there is none in common.</summary>
    internal ushort? ChooseVersion(ushort clientMin, ushort clientMax)
    {
        ushort highest = Math.Min(clientMax, MaxVersion);
        return clientMin <= clientMax && highest >= clientMin && highest >= MinVersion ? highest : null;
    }

    /// <summary>Answers a request for extensions: which are granted, which are not supported, and which are missing.</summary>
    internal ExtensionsAnswer Answer(ReadOnlySpan<ushort> requested)
    {
        var granted = new List<ushort>();
        var unsupported = new List<ushort>();
        foreach (ushort extension in requested)
        {
            List<ushort> list = IsSupported(extension) ? granted : unsupported;
            if (!list.Contains(extension)) list.Add(extension);
        }

        ushort[] missing = [.. RequiredExtensions.Where(extension => !granted.Contains(extension))];
        bool succeeds = missing.Length == 0 && (requested.IsEmpty || granted.Count > 0);
        return new ExtensionsAnswer(succeeds, [.. granted], [.. unsupported], missing);
    }

    private bool IsSupported(ushort extension) =>
        extension == RequestExtensions.Info.ExtensionType || SupportedExtensions.Contains(extension) || RequiredExtensions.Contains(extension);
}

/// <summary>What a server says to a request for extensions.</summary>
internal sealed record ExtensionsAnswer(bool Succeeds, ushort[] Granted, ushort[] Unsupported, ushort[] Missing);
