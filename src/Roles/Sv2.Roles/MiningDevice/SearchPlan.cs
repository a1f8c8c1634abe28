using System.Buffers.Binary;
using System.Numerics;
using Sv2.Bitcoin;
using Sv2.Mining.Client;
using Sv2.Protocol;

namespace Sv2.Roles.MiningDevice;

/// <summary>
/// Divides the search space of one job among threads so that no header is hashed twice: nonces first, then version bits,
/// then the extranonce. nTime follows the clock, at most one step a second, which makes all of it fresh again (5.3.11).
/// Thread-safe.
/// </summary>
internal sealed class SearchPlan
{
    /// <summary>nTime stays this close to where it started: a pool takes no more than consensus does.</summary>
    public const uint NTimeAheadMax = 2 * 60 * 60;

    private const ulong Nonces = 1ul << 32;

    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly uint _versionMask;
    private readonly int _versionBits;
    private readonly ulong _variantsMax;
    private readonly ulong _seed;
    private MiningWork _work;
    private BlockHeader _header;
    private byte[] _extranonce;
    private ulong _variant;
    private ulong _variantsUsed;
    private ulong _nextNonce;

    /// <summary>Plans the search on <paramref name="work"/>.</summary>
    /// <param name="work">What to mine.</param>
    /// <param name="rollsVersion">Whether version bits may be rolled, as far as the work allows.</param>
    /// <param name="seed">
    /// Where versions and extranonces start. At random, so that a channel that gets an earlier one's prefix and job again
    /// does not repeat its shares.
    /// </param>
    /// <param name="time">The session's clock.</param>
    public SearchPlan(MiningWork work, bool rollsVersion, ulong seed, TimeProvider time)
    {
        _work = work;
        _time = time;
        _versionMask = rollsVersion ? work.VersionMask : 0;
        _versionBits = BitOperations.PopCount(_versionMask);
        int bits = _versionBits + 8 * work.ExtranonceSize;
        _variantsMax = bits >= 64 ? ulong.MaxValue : 1ul << bits;
        _seed = seed;
        _extranonce = new byte[work.ExtranonceSize];
        _header = work.Header(_extranonce);
        StartVariant(0);
    }

    /// <summary>What is mined.</summary>
    public MiningWork Work
    {
        get
        {
            lock (_gate)
                return _work;
        }
    }

    /// <summary>Goes on where it stands with a new target for the same job. False when <paramref name="work"/> is other work.</summary>
    public bool TryRetarget(MiningWork work)
    {
        lock (_gate)
        {
            if (work.Job != _work.Job || work.PrevHash != _work.PrevHash || work.MinNTime != _work.MinNTime)
                return false;
            _work = work;
            return true;
        }
    }

    /// <summary>Takes the next nonces to search.</summary>
    /// <param name="count">How many are wanted.</param>
    /// <param name="slice">At most that many, when the result is true.</param>
    /// <returns>False when all there is was searched; there is more when the clock has moved on by a second.</returns>
    public bool TryTake(uint count, out SearchSlice slice)
    {
        lock (_gate)
        {
            AdvanceTime();
            slice = default;
            if (_nextNonce == Nonces && !TryNextVariant())
                return false;
            uint taken = (uint)Math.Min(count, Nonces - _nextNonce);
            slice = new SearchSlice(_work, _header, ByteString.Wrap(_extranonce), (uint)_nextNonce, taken);
            _nextNonce += taken;
            return true;
        }
    }

    private void AdvanceTime()
    {
        uint latest = (uint)Math.Min(_work.NTimeMax(_time), (ulong)_work.MinNTime + NTimeAheadMax);
        if (latest <= _header.NTime)
            return;
        _header = _header with { NTime = latest };
        _variantsUsed = 0;
        _nextNonce = 0;
    }

    private bool TryNextVariant()
    {
        if (_variantsUsed + 1 >= _variantsMax)
            return false;
        _variantsUsed++;
        StartVariant(_variant + 1);
        return true;
    }

    // Low bits of the variant are the version's, the rest count the extranonce.
    private void StartVariant(ulong variant)
    {
        ulong versionsMask = (1ul << _versionBits) - 1;
        ulong extranonceNumber = (variant >> _versionBits) + _seed;
        bool isFirst = variant == 0;
        if (_extranonce.Length > 0 && (isFirst || variant >> _versionBits != _variant >> _versionBits))
        {
            // A new array each time: shares found with the old extranonce still hold it.
            _extranonce = Extranonce(extranonceNumber, _extranonce.Length);
            _header = _header with { MerkleRoot = _work.MerkleRoot(_extranonce) };
        }
        _header = _header with { Version = _work.Version ^ Deposit((variant + _seed) & versionsMask, _versionMask) };
        _variant = variant;
        _nextNonce = 0;
    }

    private static byte[] Extranonce(ulong number, int size)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, number);
        byte[] extranonce = new byte[size];
        bytes[..Math.Min(size, bytes.Length)].CopyTo(extranonce);
        return extranonce;
    }

    /// <summary>Spreads the low bits of <paramref name="bits"/> over the set bits of <paramref name="mask"/>.</summary>
    private static uint Deposit(ulong bits, uint mask)
    {
        uint result = 0;
        for (; mask != 0; mask &= mask - 1, bits >>= 1)
            if ((bits & 1) != 0)
                result |= mask & (0 - mask);
        return result;
    }
}
