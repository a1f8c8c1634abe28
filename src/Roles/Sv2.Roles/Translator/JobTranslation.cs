using Sv1;
using Sv2.Mining.Client;
using Sv2.Protocol;

namespace Sv2.Roles.Translator;

/// <summary>
/// How a pool's extended job becomes a <c>mining.notify</c>, and how a share's extranonce becomes one of the pool's.
/// </summary>
/// <remarks>
/// <code>
/// pool's coinbase:  prefix │ extranonce_prefix │ extranonce (as long as the pool granted)  │ suffix
///                          │                   │ zeros │ local (4) │ extranonce2 (2 to 8)  │
/// placed in coinbase:      coinb1 ─────────────────────┤ extranonce1                       coinb2
/// placed in subscription:  coinb1 │ extranonce1 ───────────────────┤                       coinb2
/// </code>
/// The local bytes are the miner's own for as long as it is connected, so no two miners ever hash the same coinbase.
/// </remarks>
internal sealed class JobTranslation(ExtranoncePlacement placement, int extranonce2Size, TimeProvider time)
{
    /// <summary>Bytes that tell miners apart.</summary>
    public const int LocalSize = sizeof(uint);

    private long _lastJobId;

    /// <summary>Bytes that miners roll.</summary>
    public int Extranonce2Size => extranonce2Size;

    /// <summary>Bytes of extranonce needed of a pool.</summary>
    public int MinExtranonceSize => LocalSize + extranonce2Size;

    /// <summary>Whether extranonce1 changes with the pool's prefix.</summary>
    public bool HasPrefixInSubscription => placement == ExtranoncePlacement.Subscription;

    /// <summary>Says why a channel cannot be used; null where it can.</summary>
    public string? Fault(ClientChannel channel)
    {
        if (channel.ExtranonceSize < MinExtranonceSize)
            return $"extranonce_size: {channel.ExtranonceSize} bytes, {MinExtranonceSize} are needed";
        int full = channel.ExtranoncePrefix.Length + channel.ExtranonceSize - extranonce2Size;
        return HasPrefixInSubscription && full > SubscribeResult.SizeMax ? $"extranonce_prefix: leaves {full} bytes for extranonce1, more than {SubscribeResult.SizeMax}" : null;
    }

    /// <summary>A job for miners.</summary>
    /// <param name="sent">The pool's job.</param>
    /// <param name="isClean">Whether it ends all jobs before it.</param>
    public Sv1Job Translate(SentWork sent, bool isClean)
    {
        MiningWork work = sent.Work;
        NotifyMessage message = new()
        {
            JobId = Interlocked.Increment(ref _lastJobId).ToString("x", System.Globalization.CultureInfo.InvariantCulture),
            PrevHash = work.PrevHash,
            CoinbasePrefix = CoinbasePrefix(work),
            CoinbaseSuffix = work.Job.Extended!.CoinbaseSuffix,
            MerklePath = work.Job.Extended.MerklePath,
            // What the rollable bits hold means nothing (item 195). Without them it does not matter whether a miner
            // replaces them, adds to them or flips them: firmware does all three.
            Version = work.Version & ~work.VersionMask,
            NBits = work.NBits,
            NTime = NTime(work),
            CleanJobs = isClean,
        };
        return new Sv1Job(message, work.VersionMask, sent);
    }

    /// <summary>nTime to give out now.</summary>
    public uint NTime(MiningWork work) => work.NTimeMax(time);

    /// <summary>extranonce1 of a miner.</summary>
    /// <param name="channel">The channel its next jobs are of; not needed where the prefix is in the coinbase.</param>
    /// <param name="prefix">The prefix of the next jobs.</param>
    /// <param name="local">The miner's local bytes.</param>
    public ByteString Extranonce1(ClientChannel? channel, ByteString prefix, ReadOnlySpan<byte> local) =>
        HasPrefixInSubscription && channel is not null
            ? (byte[])[.. prefix.Span, .. new byte[Padding(channel)], .. local]
            : ByteString.CopyOf(local);

    /// <summary>The extranonce for the pool of a miner's share.</summary>
    /// <param name="work">The pool's job.</param>
    /// <param name="share">The share.</param>
    /// <param name="extranonce">Where it goes: exactly as many bytes as the channel takes.</param>
    public void Extranonce(MiningWork work, in Sv1Share share, Span<byte> extranonce)
    {
        extranonce.Clear();
        ReadOnlySpan<byte> local = share.Extranonce1[^LocalSize..];
        share.Extranonce2.CopyTo(extranonce[^share.Extranonce2.Length..]);
        local.CopyTo(extranonce[^(share.Extranonce2.Length + LocalSize)..]);
    }

    private int Padding(ClientChannel channel) => channel.ExtranonceSize - MinExtranonceSize;

    private ByteString CoinbasePrefix(MiningWork work)
    {
        ByteString prefix = work.Job.Extended!.CoinbasePrefix;
        return HasPrefixInSubscription ? prefix : (byte[])[.. prefix.Span, .. work.Job.ExtranoncePrefix.Span, .. new byte[Padding(work.Channel)]];
    }
}
