using Sv2.Bitcoin;
using Sv2.Protocol;

namespace Sv2.Mining.Server;

/// <summary>
/// How a server divides the extended extranonce (5.1.2.1): bytes its own upstream fixed, bytes that tell its channels
/// apart, and bytes left to the client of an extended channel. A standard channel's prefix takes the client's bytes too,
/// as zeros, so that both kinds have the same full size and fit one group.
/// </summary>
public sealed record ExtranonceLayout
{
    /// <summary>Most bytes of a prefix and of a client's extranonce: both are B0_32 on the wire.</summary>
    public const int PartSizeMax = 32;

    /// <summary>Most bytes of prefix and extranonce together.</summary>
    public const int FullSizeMax = 2 * PartSizeMax;

    /// <summary>First bytes of every prefix: what an upstream assigned to a proxy, or a server's number in a larger pool.</summary>
    public ByteString FixedPrefix { get; init; }

    /// <summary>
    /// Bytes that tell channels apart: 1 to 8. Four are enough for 2^32 channels. 0 makes room for one channel only: that of a
    /// proxy which has an upstream channel for each of its own.
    /// </summary>
    public int UniqueSize { get; init; } = 4;

    /// <summary>Bytes an extended channel gets when it asks for no more.</summary>
    public int ClientSize { get; init; } = 8;

    /// <summary>Most bytes an extended channel can ask for (<c>min_extranonce_size</c>). A proxy has no more than <see cref="ClientSize"/>.</summary>
    public int ClientSizeMax { get; init; } = 16;

    /// <summary>Whether there are no standard channels, whose prefix holds the full size and so limits it to <see cref="PartSizeMax"/>.</summary>
    public bool ExtendedOnly { get; init; }

    /// <summary>Bytes of an extended channel's prefix.</summary>
    public int PrefixSize => FixedPrefix.Length + UniqueSize;

    /// <summary>Bytes of prefix and extranonce together for channels that ask for no more.</summary>
    public int FullSize => RelayedSize ?? PrefixSize + ClientSize;

    /// <summary>The full size that an upstream's coinbase was made for; <see langword="null"/> for a server with coinbases of its own.</summary>
    public int? RelayedSize { get; init; }

    /// <summary>Bytes of scriptSig the largest grant leaves for <c>coinbase_prefix</c> and tag.</summary>
    public int ScriptSigLeft => CoinbaseTemplate.ScriptSigMax - PrefixSize - ClientSizeMax;

    /// <summary>
    /// How a proxy divides the extranonce of a channel of its own upstream: the upstream's prefix, its own bytes, the rest for
    /// its clients (5.1.2.1). The full size stays that of the upstream, as the coinbase demands: what a client does not get is
    /// zeros in its prefix.
    /// </summary>
    /// <param name="upstreamPrefix">The upstream channel's extranonce prefix.</param>
    /// <param name="upstreamSize">Its extranonce size; 0 for a standard channel.</param>
    /// <param name="ownSize">
    /// Bytes that tell the proxy's channels apart: 0 to 8, and no more than <paramref name="upstreamSize"/>. With 0 the one
    /// client gets all that the upstream gave.
    /// </param>
    /// <param name="clientSize">Bytes an extended channel gets when it asks for no more, as far as there are so many.</param>
    /// <returns>The layout.</returns>
    /// <exception cref="ArgumentException">The sizes do not go together.</exception>
    public static ExtranonceLayout Relay(ByteString upstreamPrefix, int upstreamSize, int ownSize, int clientSize = PartSizeMax)
    {
        int full = upstreamPrefix.Length + upstreamSize;
        int left = upstreamSize - ownSize;
        ExtranonceLayout layout = new()
        {
            FixedPrefix = upstreamPrefix,
            UniqueSize = ownSize,
            ClientSize = ownSize == 0 ? left : Math.Max(Math.Min(clientSize, left), full - PartSizeMax),
            ClientSizeMax = left,
            ExtendedOnly = full > PartSizeMax,
            RelayedSize = full,
        };
        layout.Validate();
        return layout;
    }

    /// <summary>Bytes of the prefix of an extended channel with so many bytes of its own.</summary>
    internal int PrefixSizeFor(int clientSize) => RelayedSize is { } full ? full - clientSize : PrefixSize;

    /// <summary>The extranonce size for a request, never below it (item 166).</summary>
    /// <param name="minExtranonceSize">What the client asks for.</param>
    /// <param name="clientSize">What it gets.</param>
    /// <returns>Whether so much can be granted.</returns>
    public bool TryGrant(int minExtranonceSize, out int clientSize)
    {
        clientSize = Math.Max(ClientSize, minExtranonceSize);
        return clientSize <= ClientSizeMax;
    }

    /// <summary>Checks that all sizes fit the wire and a scriptSig of 100 bytes with the largest <c>coinbase_prefix</c> (item 167).</summary>
    /// <param name="tagSize">Bytes of the pool's tag in the scriptSig.</param>
    /// <exception cref="ArgumentException">A size does not fit; the message names it.</exception>
    public void Validate(int tagSize = 0)
    {
        if (UniqueSize is < 0 or > 8)
            throw new ArgumentException($"{nameof(UniqueSize)}: {UniqueSize} is not in 0..8");
        if (ClientSize < 0 || ClientSize > ClientSizeMax)
            throw new ArgumentException($"{nameof(ClientSize)}: {ClientSize} is not in 0..{nameof(ClientSizeMax)} ({ClientSizeMax})");
        if (ClientSizeMax > PartSizeMax)
            throw new ArgumentException($"{nameof(ClientSizeMax)}: {ClientSizeMax} exceeds {PartSizeMax} bytes");
        if (PrefixSize > PartSizeMax)
            throw new ArgumentException($"{nameof(FixedPrefix)} and {nameof(UniqueSize)}: {PrefixSize} bytes exceed the {PartSizeMax} of a prefix");
        if (FullSize > PartSizeMax && !ExtendedOnly)
            throw new ArgumentException($"{nameof(FixedPrefix)}, {nameof(UniqueSize)} and {nameof(ClientSize)}: {FullSize} bytes exceed the {PartSizeMax} of a standard channel's prefix");
        if (tagSize + CoinbaseTemplate.CoinbasePrefixMax > ScriptSigLeft)
            throw new ArgumentException($"coinbase tag: {tagSize} bytes exceed the {ScriptSigLeft - CoinbaseTemplate.CoinbasePrefixMax} that extranonce and coinbase_prefix leave in the scriptSig");
    }
}
