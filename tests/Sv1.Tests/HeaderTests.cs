using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.TestKit;

namespace Sv1.Tests;

/// <summary>Byte orders, held against a share whose proof of work could not be right if one of them were wrong.</summary>
public sealed class HeaderTests
{
    // The worked example that the first Stratum documentation gave: extranonce1 08000002, and a share of difficulty 1.
    private const string Notify = """{"params": ["bf", "4d16b6f85af6e2198f44ae2a6de67f78487ae5611b77c6c0440b921e00000000", "01000000010000000000000000000000000000000000000000000000000000000000000000ffffffff20020862062f503253482f04b8864e5008", "072f736c7573682f000000000100f2052a010000001976a914d23fcdf86f7e756a64a7a9688ef9903327048ed988ac00000000", [], "00000002", "1c2ac4af", "504e86b9", false], "id": null, "method": "mining.notify"}""";

    [Fact]
    [Trait("spec", "346")]
    public void A_published_share_has_its_proof_of_work()
    {
        NotifyMessage message = Read(Notify);
        BlockHeader header = new Sv1Job(message, 0).Header([8, 0, 0, 2], [0, 0, 0, 1], message.Version, 0x504e86ed, 0xb2957c02);

        Assert.Equal("000000002076870fe65a2b6eeed84fa892c0db924f1482243a6247d931dcab32", header.Hash().ToDisplayString());
    }

    [Fact]
    [Trait("spec", "346")]
    public void A_server_session_accepts_that_share_at_difficulty_1()
    {
        RecordingOutput output = new();
        Owner owner = new();
        Sv1ServerSession session = new("s", output, owner, new ManualTimeProvider(DateTimeOffset.FromUnixTimeSeconds(0x504e86ed)));
        session.SetExtranonce(ByteString.FromHex("08000002"), 4);
        session.Receive("""{"id": 1, "method": "mining.subscribe", "params": []}"""u8);
        session.Receive("""{"params": ["slush.miner1", "password"], "id": 2, "method": "mining.authorize"}"""u8);
        session.SetTarget(Target.Difficulty1);
        session.SendJob(new Sv1Job(Read(Notify), 0));
        output.Take();

        session.Receive("""{"params": ["slush.miner1", "bf", "00000001", "504e86ed", "b2957c02"], "id": 4, "method": "mining.submit"}"""u8);

        Assert.Equal(["4:True"], output.TakeKinds());
        Assert.Equal(1, owner.Shares);
    }

    [Fact]
    public void A_job_is_written_as_it_was_read()
    {
        NotifyMessage message = Read(Notify) with { MerklePath = [Sha256d.Hash([1]), Sha256d.Hash([2])] };
        string line = System.Text.Encoding.UTF8.GetString(new Sv1Job(message, 0).Line(clean: true).Span);

        Assert.EndsWith("\n", line);
        Assert.Equal(message with { CleanJobs = true }, Read(line.Trim()));
        Assert.Contains("4d16b6f85af6e2198f44ae2a6de67f78487ae5611b77c6c0440b921e00000000", line);
    }

    [Theory]
    [InlineData("""["j"]""", "prevhash")]
    [InlineData("""["","00"]""", "job_id")]
    [InlineData("""["j","4d16b6f85af6e2198f44ae2a6de67f78487ae5611b77c6c0440b921e00000000","0","00",[],"2","1","1",true]""", "coinbase")]
    [InlineData("""["j","4d16b6f85af6e2198f44ae2a6de67f78487ae5611b77c6c0440b921e00000000","00","00",["00"],"2","1","1",true]""", "merkle_branch")]
    [InlineData("""["j","4d16b6f85af6e2198f44ae2a6de67f78487ae5611b77c6c0440b921e00000000","00","00",[],"2","x","1",true]""", "nbits")]
    [InlineData("""["j","4d16b6f85af6e2198f44ae2a6de67f78487ae5611b77c6c0440b921e00000000","00","00",[],"2","1"]""", "ntime")]
    public void A_malformed_job_is_refused_by_name_of_the_field(string parameters, string field)
    {
        Assert.True(Sv1Line.TryParse(System.Text.Encoding.UTF8.GetBytes($$"""{"method":"mining.notify","params":{{parameters}}}"""), out Sv1Line line, out _));
        Assert.False(NotifyMessage.TryRead(line.Params, out _, out string? error));
        Assert.StartsWith(field, error);
    }

    private static NotifyMessage Read(string text)
    {
        Assert.True(Sv1Line.TryParse(System.Text.Encoding.UTF8.GetBytes(text), out Sv1Line line, out string? error), error);
        Assert.True(NotifyMessage.TryRead(line.Params, out NotifyMessage? message, out error), error);
        return message;
    }

    private sealed class Owner : ISv1ServerEvents
    {
        public int Shares { get; private set; }

        public void OnSubscribing(Sv1ServerSession session)
        {
        }

        public Sv1Error? OnAuthorize(Sv1ServerSession session, in AuthorizeRequest request) => null;

        public void OnReady(Sv1ServerSession session)
        {
        }

        public Sv1Error? OnShare(Sv1ServerSession session, in Sv1Share share)
        {
            Shares++;
            return null;
        }
    }
}
