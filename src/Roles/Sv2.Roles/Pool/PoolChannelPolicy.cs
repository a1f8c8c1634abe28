using System.Text;
using Sv2.Bitcoin;
using Sv2.Mining;
using Sv2.Mining.Server;
using Sv2.Roles.Ledger;

namespace Sv2.Roles.Pool;

/// <summary>
/// Decides, channel by channel, who may mine and for whom: any readable identity mines for the pool; where solo mining
/// is on, an account that is an address of the network mines for that address. Thread-safe.
/// </summary>
internal sealed class PoolChannelPolicy(
    JobFamily pool, SoloFamilies solo, PoolPayout payout, SoloOptions soloOptions, PoolWorkers workers) : IChannelPolicy
{
    private const string Anonymous = "anonymous";

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <inheritdoc />
    public ChannelDecision OnOpen(in ChannelRequest request)
    {
        if (!TryRead(request.UserIdentity, out string identity)) return ChannelDecision.Refuse(MiningErrorCodes.UnknownUser);

        WorkerName name = WorkerName.Parse(identity);
        SoloFamilies.Lease? lease = null;
        if (soloOptions.Enabled && Address.TryParse(name.Account, payout.Network, out Script script, out _))
        {
            lease = solo.Find(script);
            if (lease is null) return ChannelDecision.Refuse(MiningErrorCodes.ChannelCapacityExhausted);
        }

        JobFamily family = lease?.Family ?? pool;
        return ChannelDecision.Accept(family, new PoolChannel(identity, workers.Get(name), family, lease));
    }

    /// <summary>An identity as text: UTF-8 without control characters; an empty one is anonymous.</summary>
    private static bool TryRead(ReadOnlySpan<byte> bytes, out string identity)
    {
        identity = Anonymous;
        if (bytes.IsEmpty) return true;
        try
        {
            identity = Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return false;
        }

        return !identity.Any(char.IsControl);
    }
}
