using Sv2.Bitcoin;
using Sv2.Noise;
using Sv2.Protocol;
using Sv2.Protocol.Mining;
using Sv2.Roles.JobDeclaration;

namespace Sv2.Roles.Tests.JobDeclaration;

/// <summary>Tokens: what they say survives the wire, and nobody else can write or change one.</summary>
public sealed class TokenTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 10, 0, 0, TimeSpan.Zero);

    private readonly AuthorityKeyPair _key = AuthorityKeyPair.Generate();

    public static TheoryData<TokenPurpose> Purposes => [.. Enum.GetValues<TokenPurpose>()];

    [Theory]
    [MemberData(nameof(Purposes))]
    [Trait("spec", "258")]
    public void A_token_says_on_the_other_side_what_it_was_given_for(TokenPurpose purpose)
    {
        MiningJobToken token = Make(purpose);

        ByteString wire = new TokenSigner(_key).Sign(token);

        Assert.InRange(wire.Length, 1, MiningJobToken.SizeMax);
        Assert.True(Verifier().TryVerify(wire.Span, Now, out MiningJobToken? read, out string? error), error);
        Assert.Equal(token, read);
    }

    [Fact]
    public void The_largest_token_of_each_purpose_fits_its_field()
    {
        var signer = new TokenSigner(_key);

        int coinbaseOnly = signer.Sign(Make(TokenPurpose.CoinbaseOnly) with { RequiredScripts = new UInt128[MiningJobToken.RequiredOutputsMax] }).Length;
        int declared = signer.Sign(Make(TokenPurpose.DeclaredJob)).Length;

        Assert.Equal(1 + 1 + 16 + 4 + 16 + 1 + (9 * 16) + 64, coinbaseOnly);
        Assert.Equal(1 + 1 + 16 + 4 + 16 + 16 + 9 + 32 + 64, declared);
        Assert.Throws<ArgumentException>(() => signer.Sign(Make(TokenPurpose.CoinbaseOnly) with { RequiredScripts = new UInt128[MiningJobToken.RequiredOutputsMax + 1] }));
    }

    [Fact]
    [Trait("spec", "258")]
    public void A_token_signed_by_anybody_else_is_refused()
    {
        using AuthorityKeyPair foreign = AuthorityKeyPair.Generate();
        ByteString wire = new TokenSigner(foreign).Sign(Make(TokenPurpose.CoinbaseOnly));

        Assert.False(Verifier().TryVerify(wire.Span, Now, out _, out string? error));
        Assert.Equal("is not signed by a trusted declarator server", error);
    }

    [Fact]
    [Trait("spec", "258")]
    public void A_token_ends_after_its_last_second()
    {
        ByteString wire = new TokenSigner(_key).Sign(Make(TokenPurpose.CoinbaseOnly) with { ExpiresAt = Now });

        Assert.True(Verifier().TryVerify(wire.Span, Now, out _, out _));
        Assert.False(Verifier().TryVerify(wire.Span, Now.AddSeconds(1), out _, out string? error));
        Assert.Equal("expired at 2026-11-22 10:00:00Z", error);
    }

    [Theory]
    [MemberData(nameof(Purposes))]
    [Trait("spec", "258")]
    public void No_byte_of_a_token_can_be_changed_added_or_left_out(TokenPurpose purpose)
    {
        byte[] wire = new TokenSigner(_key).Sign(Make(purpose)).ToArray();
        TokenVerifier verifier = Verifier();

        for (int i = 0; i < wire.Length; i++)
        {
            byte[] changed = [.. wire];
            changed[i] ^= 1;
            Assert.False(verifier.TryVerify(changed, Now, out _, out _), $"byte {i}");
            Assert.False(verifier.TryVerify(wire.AsSpan(0, i), Now, out _, out _), $"the first {i} bytes");
        }
        Assert.False(verifier.TryVerify((byte[])[.. wire, 0], Now, out _, out _));
    }

    [Theory]
    [InlineData("alice", "alice.farm", true)]
    [InlineData("alice.a", "alice.b", true)]
    [InlineData("", "anonymous", true)]
    [InlineData("alice", "bob", false)]
    [InlineData("alice", "alicex.farm", false)]
    public void A_token_is_good_for_all_workers_of_its_account(string token, string channel, bool same) =>
        Assert.Equal(same, TokenDigest.OfUser(((Text)token).Utf8) == TokenDigest.OfUser(((Text)channel).Utf8));

    [Fact]
    [Trait("spec", "282")]
    [Trait("spec", "268")]
    public void A_declared_job_is_compared_field_by_field()
    {
        SetCustomMiningJob job = Job();
        JobCommitment commitment = Commitment();

        Assert.Null(commitment.FindDifference(job));
        Assert.Null(commitment.FindDifference(job with { Version = job.Version ^ 0x1fffffe0 }));
        Assert.Equal("version", commitment.FindDifference(job with { Version = job.Version ^ 1 }));
        Assert.Equal("coinbase_tx_version", commitment.FindDifference(job with { CoinbaseTxVersion = 1 }));
        Assert.Equal("coinbase_prefix", commitment.FindDifference(job with { CoinbasePrefix = (byte[])[2, 2, 0, 0] }));
        Assert.Equal("coinbase_tx_input_nSequence", commitment.FindDifference(job with { CoinbaseTxInputNSequence = 0 }));
        Assert.Equal("coinbase_tx_outputs", commitment.FindDifference(job with { CoinbaseTxOutputs = TxOutput.SerializePrefixed([Outputs()[1], Outputs()[0]]) }));
        Assert.Equal("coinbase_tx_locktime", commitment.FindDifference(job with { CoinbaseTxLocktime = 1 }));
        Assert.Equal("merkle_path", commitment.FindDifference(job with { MerklePath = [U256.Zero] }));
    }

    public void Dispose() => _key.Dispose();

    private static MiningJobToken Make(TokenPurpose purpose) => new()
    {
        Purpose = purpose,
        Id = new UInt128(0x0123456789abcdef, 0xfedcba9876543210),
        ExpiresAt = Now.AddMinutes(10),
        User = TokenDigest.OfUser("alice"u8),
        RequiredScripts = purpose == TokenPurpose.CoinbaseOnly ? (UInt128[])[1, 2, 3] : default(Seq<UInt128>),
        Job = purpose == TokenPurpose.DeclaredJob ? Commitment() : null,
    };

    private static TxOutput[] Outputs() => [new(5_000_000_000, Script.PayToWitness(0, new byte[20])), new(0, Script.OpReturn("x"u8))];

    private static JobCommitment Commitment()
    {
        SetCustomMiningJob job = Job();
        CoinbaseTemplate coinbase = new()
        {
            Version = job.CoinbaseTxVersion,
            CoinbasePrefix = job.CoinbasePrefix,
            Sequence = job.CoinbaseTxInputNSequence,
            Outputs = Outputs(),
            LockTime = job.CoinbaseTxLocktime,
        };
        return JobCommitment.Of(job.Version, coinbase, job.MerklePath.AsSpan());
    }

    private static SetCustomMiningJob Job() => new()
    {
        ChannelId = 1,
        RequestId = 2,
        MiningJobToken = default,
        Version = 0x20000000,
        PrevHash = U256.MaxValue,
        MinNTime = 3,
        NBits = 4,
        CoinbaseTxVersion = 2,
        CoinbasePrefix = (byte[])[1, 102, 0],
        CoinbaseTxInputNSequence = 0xfffffffe,
        CoinbaseTxOutputs = TxOutput.SerializePrefixed(Outputs()),
        CoinbaseTxLocktime = 101,
        MerklePath = [U256.MaxValue, U256.Zero],
    };

    private TokenVerifier Verifier()
    {
        using AuthorityKeyPair another = AuthorityKeyPair.Generate();
        return new TokenVerifier([another.PublicKey, _key.PublicKey]);
    }
}
