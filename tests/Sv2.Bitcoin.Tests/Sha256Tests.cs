using System.Security.Cryptography;
using FsCheck;
using FsCheck.Fluent;
using Sv2.Bitcoin.Hashing;
using Sv2.Protocol;
using Sv2.TestKit;

namespace Sv2.Bitcoin.Tests;

public sealed class Sha256Tests
{
    public static TheoryData<int> Widths
    {
        get
        {
            TheoryData<int> widths = [(int)LaneWidth.Scalar];
            if (Lanes256.IsSupported)
                widths.Add((int)LaneWidth.Vector256);
            if (Lanes512.IsSupported)
                widths.Add((int)LaneWidth.Vector512);
            return widths;
        }
    }

    private static U256 Reference(ReadOnlySpan<byte> data) => U256.FromWire(SHA256.HashData(SHA256.HashData(data)));

    [Fact]
    public void Messages_of_every_length_hash_as_the_framework_does()
    {
        byte[] data = RandomNumberGenerator.GetBytes(300);
        byte[] hash = new byte[32];

        for (int length = 0; length <= data.Length; length++)
        {
            ShortSha256.Hash(data.AsSpan(0, length), hash);
            Assert.Equal(SHA256.HashData(data.AsSpan(0, length)), hash);
            Assert.Equal(Reference(data.AsSpan(0, length)), Sha256d.Hash(data.AsSpan(0, length)));
        }
    }

    [Fact]
    public void A_hash_may_overwrite_its_own_message()
    {
        byte[] data = RandomNumberGenerator.GetBytes(64);
        U256 expected = Reference(data);

        Sha256d.Hash(data, data);

        Assert.Equal(expected, U256.FromWire(data.AsSpan(0, 32)));
    }

    public static TheoryData<int, int> WidthsAndLengths
    {
        get
        {
            TheoryData<int, int> data = [];
            foreach (int length in (int[])[1, 32, 55, 56, 63, 64, 65, 80, 119, 120, 128, 250])
                foreach (object[] width in (IEnumerable<object[]>)Widths)
                    data.Add((int)width[0], length);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(WidthsAndLengths))]
    public void Batches_of_every_size_and_length_hash_as_one_by_one(int width, int length)
    {
        byte[] messages = RandomNumberGenerator.GetBytes(40 * length);

        for (int count = 0; count <= 40; count++)
        {
            U256[] hashes = new U256[count + 1];
            Sha256dLanes.HashMany(messages.AsSpan(0, count * length), length, hashes, (LaneWidth)width);
            for (int i = 0; i < count; i++)
                Assert.Equal(Reference(messages.AsSpan(i * length, length)), hashes[i]);
            Assert.Equal(U256.Zero, hashes[count]);
        }
    }

    [Fact]
    public void Pairs_may_be_hashed_in_place()
    {
        U256[] nodes = [.. Enumerable.Range(0, 74).Select(i => Sha256d.Hash(BitConverter.GetBytes(i)))];
        U256[] expected = [.. Enumerable.Range(0, 37).Select(i => Sha256d.HashPair(nodes[2 * i], nodes[2 * i + 1]))];

        Sha256dLanes.HashPairs(nodes, nodes);

        Assert.Equal(expected, nodes[..37]);
    }

    [Fact]
    public void A_batch_must_be_whole_and_have_room()
    {
        Assert.Throws<ArgumentException>(() => Sha256dLanes.HashHeaders(new byte[81], new U256[2]));
        Assert.Throws<ArgumentException>(() => Sha256dLanes.HashHeaders(new byte[160], new U256[1]));
        Assert.Throws<ArgumentException>(() => Sha256dLanes.HashPairs(new U256[3], new U256[2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Sha256dLanes.HashMany([], 0, []));
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void The_genesis_nonce_is_found(int width)
    {
        BlockHeader genesis = Network.Mainnet.Genesis;
        NonceSearch search = new(genesis with { Nonce = 0 }, (LaneWidth)width);
        U256 target = new CompactTarget(genesis.NBits).ToTarget();

        Assert.True(search.TryFind(genesis.Nonce - 1001, 2000, target, out uint nonce));
        Assert.Equal(genesis.Nonce, nonce);
        Assert.False(search.TryFind(genesis.Nonce - 1001, 1001, target, out _));
        Assert.False(search.TryFind(genesis.Nonce + 1, 1000, target, out _));
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Every_nonce_that_meets_the_target_is_found_and_no_other(int width) =>
        Prop.ForAll(Gen.ArrayOf(Gen.Choose(0, 255), BlockHeader.Size).ToArbitrary(), Gen.Choose(1, 40).ToArbitrary(), (values, expected) =>
        {
            BlockHeader.TryRead(Array.ConvertAll(values, static value => (byte)value), out BlockHeader header);
            const uint Count = 100;
            // Also across the end of the nonces.
            uint first = values[0] < 128 ? header.Nonce : uint.MaxValue - (uint)values[1];
            U256 target = Target.FromHashesPerShare(expected);
            uint[] right = [.. Nonces(first, Count).Where(nonce => (header with { Nonce = nonce }).Hash() <= target)];

            NonceSearch search = new(Network.Mainnet.Genesis, (LaneWidth)width);
            search.SetHeader(header);
            List<uint> found = [];
            ulong end = Math.Min((ulong)first + Count, 1ul << 32);
            for (ulong next = first; next < end && search.TryFind((uint)next, (uint)(end - next), target, out uint nonce); next = nonce + 1ul)
                found.Add(nonce);
            return right.SequenceEqual(found);
        }).QuickCheckThrowOnFailure();

    [Theory]
    [MemberData(nameof(Widths))]
    public void Searching_and_batches_allocate_nothing(int width)
    {
        NonceSearch search = new(Network.Mainnet.Genesis, (LaneWidth)width);
        byte[] headers = new byte[17 * BlockHeader.Size];
        U256[] hashes = new U256[17];
        void Work()
        {
            search.SetHeader(Network.Mainnet.Genesis);
            search.TryFind(0, 256, U256.FromLimbs(1), out _);
            Sha256dLanes.HashMany(headers, BlockHeader.Size, hashes, (LaneWidth)width);
        }

        Allocations.AssertNone(Work, warmUp: 1, perRound: 1);
    }

    private static IEnumerable<uint> Nonces(uint first, uint count)
    {
        for (ulong nonce = first; nonce < Math.Min((ulong)first + count, 1ul << 32); nonce++)
            yield return (uint)nonce;
    }
}
