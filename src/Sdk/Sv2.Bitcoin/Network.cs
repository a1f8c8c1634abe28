using Sv2.Protocol;

namespace Sv2.Bitcoin;

/// <summary>What differs from one Bitcoin network to another, as far as mining needs it. A <c>with</c> expression makes variants.</summary>
public sealed record Network
{
    /// <summary>Name as Bitcoin Core gives it in <c>getblockchaininfo</c>: <c>main</c>, <c>testnet4</c>, <c>signet</c>, <c>regtest</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Human-readable part of segwit addresses (BIP 173).</summary>
    public required string Bech32Prefix { get; init; }

    /// <summary>Version byte of base58 addresses that pay to a public key hash.</summary>
    public required byte PublicKeyHashVersion { get; init; }

    /// <summary>Version byte of base58 addresses that pay to a script hash.</summary>
    public required byte ScriptHashVersion { get; init; }

    /// <summary>The easiest target a block may have.</summary>
    public required U256 PowLimit { get; init; }

    /// <summary>The first block's header.</summary>
    public required BlockHeader Genesis { get; init; }

    /// <summary>Blocks from one halving of the subsidy to the next.</summary>
    public required uint SubsidyHalvingInterval { get; init; }

    /// <summary>First height whose coinbase must start with the height (BIP 34).</summary>
    public required uint Bip34Height { get; init; }

    /// <summary>First height at which witnesses are valid (BIP 141).</summary>
    public required uint SegwitHeight { get; init; }

    /// <summary>The network where coins have value.</summary>
    public static Network Mainnet { get; } = new()
    {
        Name = "main",
        Bech32Prefix = "bc",
        PublicKeyHashVersion = 0x00,
        ScriptHashVersion = 0x05,
        PowLimit = new CompactTarget(0x1d00ffff).ToTarget(),
        Genesis = GenesisHeader(1231006505, 0x1d00ffff, 2083236893),
        SubsidyHalvingInterval = 210_000,
        Bip34Height = 227_931,
        SegwitHeight = 481_824,
    };

    /// <summary>The public test network with proof of work (BIP 94).</summary>
    public static Network Testnet4 { get; } = new()
    {
        Name = "testnet4",
        Bech32Prefix = "tb",
        PublicKeyHashVersion = 0x6f,
        ScriptHashVersion = 0xc4,
        PowLimit = new CompactTarget(0x1d00ffff).ToTarget(),
        Genesis = GenesisHeader(1714777860, 0x1d00ffff, 393743547) with
        {
            MerkleRoot = U256.FromDisplayHex("7aa0a7ae1e223414cb807e40cd57e667b718e42aaf9306db9102fe28912b7b4e"),
        },
        SubsidyHalvingInterval = 210_000,
        Bip34Height = 1,
        SegwitHeight = 1,
    };

    /// <summary>The public test network whose blocks are signed (BIP 325).</summary>
    public static Network Signet { get; } = new()
    {
        Name = "signet",
        Bech32Prefix = "tb",
        PublicKeyHashVersion = 0x6f,
        ScriptHashVersion = 0xc4,
        PowLimit = new CompactTarget(0x1e0377ae).ToTarget(),
        Genesis = GenesisHeader(1598918400, 0x1e0377ae, 52613770),
        SubsidyHalvingInterval = 210_000,
        Bip34Height = 1,
        SegwitHeight = 1,
    };

    /// <summary>A private network for tests, where a block takes two hashes on average.</summary>
    public static Network Regtest { get; } = new()
    {
        Name = "regtest",
        Bech32Prefix = "bcrt",
        PublicKeyHashVersion = 0x6f,
        ScriptHashVersion = 0xc4,
        PowLimit = new CompactTarget(0x207fffff).ToTarget(),
        Genesis = GenesisHeader(1296688602, 0x207fffff, 2),
        SubsidyHalvingInterval = 150,
        Bip34Height = 1,
        SegwitHeight = 0,
    };

    /// <summary>All four, the one with value first.</summary>
    public static IReadOnlyList<Network> All { get; } = [Mainnet, Testnet4, Signet, Regtest];

    /// <summary>Finds a network by its name.</summary>
    /// <param name="name"><c>main</c> (or <c>mainnet</c>), <c>testnet4</c>, <c>signet</c>, <c>regtest</c>; case does not matter.</param>
    /// <param name="network">The network, when the result is <see langword="true"/>.</param>
    /// <returns>Whether there is one.</returns>
    public static bool TryGet(string? name, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Network? network)
    {
        string? wanted = string.Equals(name, "mainnet", StringComparison.OrdinalIgnoreCase) ? Mainnet.Name : name;
        network = All.FirstOrDefault(known => string.Equals(known.Name, wanted, StringComparison.OrdinalIgnoreCase));
        return network is not null;
    }

    /// <summary>New coins of a block, in satoshis, without fees.</summary>
    /// <param name="height">The block's height.</param>
    /// <returns>50 bitcoin, halved once every <see cref="SubsidyHalvingInterval"/> blocks.</returns>
    public ulong Subsidy(uint height)
    {
        uint halvings = height / SubsidyHalvingInterval;
        return halvings >= 64 ? 0 : 50 * TxOutput.SatoshisPerBitcoin >> (int)halvings;
    }

    private static BlockHeader GenesisHeader(uint time, uint nBits, uint nonce) => new(
        Version: 1,
        PrevHash: U256.Zero,
        MerkleRoot: U256.FromDisplayHex("4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b"),
        NTime: time,
        NBits: nBits,
        Nonce: nonce);
}
