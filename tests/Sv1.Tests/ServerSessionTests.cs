using System.Text;
using System.Text.Json.Nodes;
using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.TestKit;

namespace Sv1.Tests;

public sealed class ServerSessionTests
{
    [Fact]
    public void A_share_is_checked_and_given_to_the_owner()
    {
        ServerHarness server = new ServerHarness().Open();
        Sv1Job job = server.Session.CurrentJob!;

        Assert.Equal(0, server.CodeOf(job, nonce: 77));

        var share = Assert.Single(server.Shares);
        Assert.Equal("a.w", share.Worker);
        Assert.Equal("00000001", share.Extranonce2);
        Assert.Equal(job.Header(ServerHarness.Extranonce1.Span, [0, 0, 0, 1], job.Message.Version, job.Message.NTime, 77), share.Header);
        Assert.Equal(share.Header.Hash(), share.Hash);
    }

    [Fact]
    [Trait("spec", "205")]
    public void Shares_are_refused_for_their_reason()
    {
        ServerHarness server = new ServerHarness().Open();
        Sv1Job job = server.Session.CurrentJob!;
        uint nTime = job.Message.NTime;

        Assert.Equal(Sv1Error.UnauthorizedCode, server.CodeOf(job, worker: "someone.else"));
        Assert.Equal(Sv1Error.JobNotFoundCode, server.CodeOf(new Sv1Job(job.Message with { JobId = "nope" }, 0)));
        Assert.Equal(Sv1Error.OtherCode, server.CodeOf(job, extranonce2: "000001"));
        Assert.Equal(Sv1Error.OtherCode, server.CodeOf(job, extranonce2: "0000000001"));
        Assert.Equal(Sv1Error.OtherCode, server.CodeOf(job, extranonce2: "zz000001"));
        Assert.Equal(Sv1Error.OtherCode, server.CodeOf(job, nTime: nTime - 1));
        Assert.Equal(Sv1Error.OtherCode, server.CodeOf(job, nTime: nTime + 7201));
        Assert.Equal(Sv1Error.OtherCode, server.CodeOf(job, versionBits: "00002000"));
        Assert.Empty(server.Shares);
        Assert.Equal(8, server.Refused.Count);
        Assert.Null(server.Refused[0].Worker);
        Assert.All(server.Refused.Skip(1), refused => Assert.Equal("a.w", refused.Worker));

        Assert.Equal(0, server.CodeOf(job, nTime: nTime + 7200));
        Assert.Equal(0, server.CodeOf(job, versionBits: "00000000"));
        Assert.Equal(Sv1Error.DuplicateShareCode, server.CodeOf(job));
        server.ShareVerdict = Sv1Error.Other("not today");
        Assert.Equal(Sv1Error.OtherCode, server.CodeOf(job, nonce: 5));
    }

    [Fact]
    public void Submitting_before_subscribing_or_authorising_is_refused()
    {
        ServerHarness server = new();
        Sv1Job job = server.NewJob();
        Assert.Equal(Sv1Error.NotSubscribedCode, server.CodeOf(job));
        server.Receive("""{"id":1,"method":"mining.subscribe"}""");
        Assert.Equal(Sv1Error.UnauthorizedCode, server.CodeOf(job));
    }

    [Theory]
    [InlineData("""["a.w"]""")]
    [InlineData("""["a.w","j1","00000001","xyz","00000001"]""")]
    [InlineData("""["a.w","j1","00000001","66e00000"]""")]
    [InlineData("""["a.w",null,"00000001","66e00000","00000001"]""")]
    [InlineData("""["a.w","j1","00000001","66e00000","00000001","notbits!"]""")]
    [InlineData("""{"worker":"a.w"}""")]
    public void Malformed_shares_are_refused_by_name_of_the_field(string parameters)
    {
        ServerHarness server = new ServerHarness().Open();
        Assert.Null(server.Receive($$"""{"id":4,"method":"mining.submit","params":{{parameters}}}"""));

        Assert.Equal(Sv1Error.OtherCode, Assert.Single(server.Output.Take())["error"]![0]!.GetValue<int>());
        Assert.Contains(':', Assert.Single(server.Refused).Error.Message);
    }

    [Fact]
    public void A_share_above_the_target_is_refused()
    {
        ServerHarness server = new() { StartTarget = Target.FromDifficulty(1) };
        server.Open();

        Assert.Equal(Sv1Error.LowDifficultyCode, server.CodeOf(server.Session.CurrentJob!));
    }

    [Fact]
    [Trait("spec", "226")]
    public void A_share_is_judged_by_the_target_of_its_job()
    {
        ServerHarness server = new ServerHarness().Open();
        Sv1Job easy = server.Session.CurrentJob!;
        server.Session.SetTarget(Target.FromDifficulty(1_000_000));
        Sv1Job hard = server.NewJob();
        server.Session.SendJob(hard);

        Assert.Equal(["mining.set_difficulty", "mining.notify"], server.Output.TakeKinds());
        Assert.Equal(0, server.CodeOf(easy));
        Assert.Equal(Sv1Error.LowDifficultyCode, server.CodeOf(hard));
    }

    [Fact]
    public void A_difficulty_that_falls_counts_for_the_job_before_since_many_miners_apply_it_at_once()
    {
        ServerHarness server = new() { StartTarget = Target.FromDifficulty(1_000_000) };
        server.Open();
        Sv1Job hard = server.Session.CurrentJob!;
        Assert.Equal(Sv1Error.LowDifficultyCode, server.CodeOf(hard));

        server.Session.SetTarget(U256.MaxValue);
        server.Session.SendJob(server.NewJob());

        Assert.Equal(0, server.CodeOf(hard));
    }

    [Fact]
    public void An_unchanged_difficulty_is_not_said_twice()
    {
        ServerHarness server = new ServerHarness().Open();
        Assert.False(server.Session.SetTarget(U256.MaxValue));
        server.Session.SendJob(server.NewJob());

        Assert.Equal(["mining.notify"], server.Output.TakeKinds());
    }

    [Fact]
    public void Clean_jobs_end_what_was_before_others_do_not()
    {
        ServerHarness server = new ServerHarness().Open();
        Sv1Job first = server.Session.CurrentJob!;
        Sv1Job second = server.NewJob();
        server.Session.SendJob(second);
        Assert.Equal(0, server.CodeOf(first));
        Sv1Job third = server.NewJob(clean: true);
        server.Session.SendJob(third);

        Assert.Equal(Sv1Error.JobNotFoundCode, server.CodeOf(first, nonce: 2));
        Assert.Equal(Sv1Error.JobNotFoundCode, server.CodeOf(second));
        Assert.Equal(0, server.CodeOf(third));
        Assert.All(server.Refused, refused => Assert.Same(Sv1ServerSession.Stale, refused.Error));
        server.Session.EndJobs();
        Assert.Null(server.Session.CurrentJob);
        Assert.Equal(Sv1Error.JobNotFoundCode, server.CodeOf(third, nonce: 3));
    }

    [Fact]
    public void A_miners_first_job_is_clean_whatever_it_is_for_others()
    {
        ServerHarness server = new ServerHarness();
        server.Receive("""{"id":1,"method":"mining.subscribe"}""");
        server.Receive("""{"id":2,"method":"mining.authorize","params":["a"]}""");
        JsonObject notify = server.Output.Take()[^1];
        Assert.True(notify["params"]![8]!.GetValue<bool>());

        server.Session.SendJob(server.NewJob());
        Assert.False(Assert.Single(server.Output.Take())["params"]![8]!.GetValue<bool>());
    }

    [Fact]
    public void Only_so_many_jobs_are_kept()
    {
        ServerHarness server = new ServerHarness(new Sv1ServerOptions { JobsMax = 2 }).Open();
        Sv1Job first = server.Session.CurrentJob!;
        Sv1Job second = server.NewJob();
        server.Session.SendJob(second);
        server.Session.SendJob(server.NewJob());

        Assert.Equal(Sv1Error.JobNotFoundCode, server.CodeOf(first));
        Assert.Equal(0, server.CodeOf(second));
    }

    [Fact]
    public void A_share_is_checked_with_the_version_of_its_own_job()
    {
        ServerHarness server = new ServerHarness().Open(rolls: true);
        Sv1Job rolling = server.Session.CurrentJob!;
        Sv1Job rigid = server.NewJob(versionMask: 0);
        server.Session.SendJob(rigid);
        Assert.Equal(["mining.set_version_mask", "mining.notify"], server.Output.TakeKinds());

        Assert.Equal(0, server.CodeOf(rolling, versionBits: "1fffe000"));
        Assert.Equal(0x3fff_e000u, server.Shares[^1].Header.Version);
        Assert.Equal(Sv1Error.OtherCode, server.CodeOf(rigid, versionBits: "00002000"));
        Assert.Equal(0, server.CodeOf(rigid));
        Assert.Equal(rigid.Message.Version, server.Shares[^1].Header.Version);

        server.Session.SendJob(server.NewJob());
        Assert.Equal("1fffe000", server.Output.Take()[0]["params"]![0]!.GetValue<string>());
    }

    [Fact]
    public void A_miner_that_asks_for_version_rolling_late_may_roll_the_job_it_has()
    {
        ServerHarness server = new ServerHarness().Open();
        Sv1Job job = server.Session.CurrentJob!;
        Assert.Equal(Sv1Error.OtherCode, server.CodeOf(job, versionBits: "00004000"));
        server.Receive("""{"id":3,"method":"mining.configure","params":[["version-rolling"],{}]}""");

        Assert.Equal(0, server.CodeOf(job, versionBits: "00004000"));
        // Bits outside the mask stay outside.
        Assert.Equal(Sv1Error.OtherCode, server.CodeOf(job, versionBits: "00000020"));
    }

    [Fact]
    public void A_subscription_waits_for_its_extranonce()
    {
        ServerHarness server = new(hasExtranonce: false);
        server.Receive("""{"id":"s","method":"mining.subscribe"}""");
        server.Receive("""{"id":2,"method":"mining.authorize","params":["a.w"]}""");
        Assert.Equal(["2:True"], server.Output.TakeKinds());
        Assert.Equal(1, server.Subscribing);

        Assert.True(server.Session.SetExtranonce(ServerHarness.Extranonce1, 4));

        Assert.Equal(["\"s\":Array", "mining.set_difficulty", "mining.notify"], server.Output.TakeKinds());
    }

    [Fact]
    public void Another_extranonce_is_told_to_those_who_understand_and_counts_for_jobs_to_come()
    {
        ServerHarness server = new ServerHarness().Open();
        ByteString other = ByteString.FromHex("ffee");
        Assert.False(server.Session.SetExtranonce(other, 5));
        Assert.Empty(server.Output.Lines);
        server.Receive("""{"id":3,"method":"mining.extranonce.subscribe","params":[]}""");
        Sv1Job before = server.Session.CurrentJob!;
        server.Output.Lines.Clear();

        Assert.True(server.Session.SetExtranonce(other, 5));
        Assert.Equal("""{"id":null,"method":"mining.set_extranonce","params":["ffee",5]}""", Assert.Single(server.Output.Lines));
        Sv1Job after = server.NewJob();
        server.Session.SendJob(after);

        Assert.Equal(0, server.CodeOf(before));
        Assert.Equal(0, server.CodeOf(after, extranonce2: "0102030405"));
        Assert.Equal(after.Header(other.Span, [1, 2, 3, 4, 5], after.Message.Version, after.Message.NTime, 1), server.Shares[^1].Header);
        Assert.True(server.Session.SetExtranonce(other, 5));
    }

    [Fact]
    public void Suggestions_reach_the_owner()
    {
        ServerHarness server = new ServerHarness().Open();
        server.Receive("""{"id":3,"method":"mining.suggest_difficulty","params":["1024"]}""");
        server.Receive("""{"id":4,"method":"mining.suggest_target","params":["00000000ffff0000000000000000000000000000000000000000000000000000"]}""");
        Assert.Equal([Target.FromDifficulty(1024), Target.Difficulty1], server.Suggested);
        Assert.Equal(["3:True", "4:True"], server.Output.TakeKinds());

        server.Receive("""{"id":5,"method":"mining.suggest_difficulty","params":[-1]}""");
        server.Receive("""{"id":6,"method":"mining.suggest_difficulty","params":["fast"]}""");
        server.Receive("""{"id":7,"method":"mining.suggest_target","params":[]}""");
        Assert.Equal(["5:error 20", "6:error 20", "7:error 20"], server.Output.TakeKinds());
        Assert.Equal(2, server.Suggested.Count);
    }

    [Fact]
    public void A_smallest_difficulty_of_the_miner_is_kept_to()
    {
        ServerHarness server = new();
        server.Receive("""{"id":1,"method":"mining.configure","params":[["minimum-difficulty"],{"minimum-difficulty.value":64}]}""");
        Assert.True(server.Output.Take()[0]["result"]!["minimum-difficulty"]!.GetValue<bool>());
        server.Session.SetTarget(Target.FromDifficulty(2));
        Assert.Equal(64, server.Session.Difficulty);
        server.Session.SetTarget(Target.FromDifficulty(200));
        Assert.Equal(200, server.Session.Difficulty);
    }

    [Theory]
    [InlineData("d=1024", 1024.0)]
    [InlineData("x,d=0.5", 0.5)]
    [InlineData("x;diff=16 y", 16.0)]
    [InlineData("d=-1,d=8", 8.0)]
    [InlineData("x", null)]
    [InlineData("d=NaN", null)]
    public void A_password_may_ask_for_a_difficulty(string password, double? expected)
    {
        bool asks = new AuthorizeRequest("a", password).TryGetDifficulty(out double difficulty);
        Assert.Equal(expected, asks ? difficulty : null);
    }

    [Fact]
    public void Names_are_kept_as_they_are_within_their_limits()
    {
        ServerHarness server = new ServerHarness(new Sv1ServerOptions { WorkersMax = 2 }).Open();
        server.Receive("""{"id":1,"method":"mining.authorize","params":["b.\u00fc","x"]}""");
        server.Receive("""{"id":2,"method":"mining.authorize","params":["b.ü","y"]}""");
        server.Receive("""{"id":3,"method":"mining.authorize","params":["c","x"]}""");
        server.Receive("""{"id":4,"method":"mining.authorize","params":["","x"]}""");
        server.Receive($$"""{"id":5,"method":"mining.authorize","params":["{{new string('n', 256)}}","x"]}""");

        Assert.Equal(["1:True", "2:True", "3:error 20", "4:error 20", "5:error 20"], server.Output.TakeKinds());
        Assert.Equal(["a.w", "b.ü"], server.Session.Workers);
        Assert.Equal(0, server.CodeOf(server.Session.CurrentJob!, worker: "b.ü"));
        Assert.Equal(0, server.CodeOf(server.Session.CurrentJob!, nonce: 2, worker: "b.\\u00fc"));
        Assert.All(server.Shares, share => Assert.Equal("b.ü", share.Worker));
        Assert.Equal(1, server.Ready);
    }

    [Fact]
    public void The_owner_may_refuse_a_worker()
    {
        ServerHarness server = new() { AuthorizeVerdict = Sv1Error.Unauthorized };
        server.Open();
        Assert.False(server.Session.IsReady);
        Assert.Equal(0, server.Ready);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1", "HTTP")]
    [InlineData("{\"id\":1,", "not JSON")]
    [InlineData("null", "not a JSON object")]
    public void A_line_that_is_not_of_this_protocol_closes_the_connection_with_a_reason(string line, string expected)
    {
        ServerHarness server = new ServerHarness().Open();
        Assert.Contains(expected, server.Receive(line));
        Assert.Equal(["null:error 20"], server.Output.TakeKinds());
    }

    [Fact]
    public void A_binary_handshake_is_named_as_such()
    {
        ServerHarness server = new();
        Assert.Contains("Stratum V2", server.Session.Receive([0xff, 0x01, 0x80, 0x22, 0x91]));
        Assert.Contains("TLS", server.Session.Receive([0x16, 0x03, 0x01, 0xff, 0x01]));
    }

    [Fact]
    public void Whoever_sends_nothing_but_what_is_refused_is_closed()
    {
        ServerHarness server = new ServerHarness(new Sv1ServerOptions { RefusalsMax = 3 }).Open();
        const string Bad = """{"id":1,"method":"mining.unknown"}""";
        Assert.Null(server.Receive(Bad));
        Assert.Null(server.Receive(Bad));
        Assert.Null(server.Receive("""{"id":1,"method":"mining.ping"}"""));
        Assert.Null(server.Receive(Bad));
        Assert.Null(server.Receive(Bad));
        Assert.Contains("3 requests", server.Receive(Bad));
    }

    [Fact]
    public void Seen_shares_are_bounded()
    {
        ServerHarness server = new ServerHarness(new Sv1ServerOptions { SeenSharesMax = 2 }).Open();
        Sv1Job job = server.Session.CurrentJob!;
        Assert.Equal(0, server.CodeOf(job, nonce: 1));
        Assert.Equal(0, server.CodeOf(job, nonce: 2));
        Assert.Equal(Sv1Error.DuplicateShareCode, server.CodeOf(job, nonce: 2));
        Assert.Equal(0, server.CodeOf(job, nonce: 3));
        Assert.Equal(Sv1Error.DuplicateShareCode, server.CodeOf(job, nonce: 3));
    }

    [Fact]
    public void Messages_to_the_miner_and_its_version()
    {
        ServerHarness server = new ServerHarness().Open();
        server.Session.AskVersion();
        server.Session.ShowMessage("a \"word\"");
        server.Session.SendReconnect();
        Assert.Equal(["client.get_version", "client.show_message", "client.reconnect"], server.Output.TakeKinds());

        server.Receive("""{"id":1,"result":"bitaxe/2.6","error":null}""");
        Assert.Equal("bitaxe/2.6", server.Version);
    }

    [Fact]
    public void A_share_allocates_nothing_on_its_way_through_the_session()
    {
        QuietOwner owner = new();
        Sv1ServerSession session = new("s", owner, owner, TimeProvider.System);
        session.SetExtranonce(ServerHarness.Extranonce1, 4);
        session.Receive("""{"id":1,"method":"mining.subscribe"}"""u8);
        session.Receive("""{"id":2,"method":"mining.authorize","params":["a.w"]}"""u8);
        uint now = (uint)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        session.SetTarget(Target.FromDifficulty(1));
        session.SendJob(new Sv1Job(ServerHarness.Message("j", now, clean: true), 0));
        byte[] line = Encoding.UTF8.GetBytes($$"""{"id":9,"method":"mining.submit","params":["a.w","j","00000001","{{now:x8}}","00000001"]}""");
        Allocations.AssertNone(_ => session.Receive(line), warmUp: 100, perRound: 100, rounds: 4);

        Assert.Equal(500, owner.Refused);
    }

    private sealed class QuietOwner : ISv1Output, ISv1ServerEvents
    {
        public int Refused { get; private set; }

        public bool Send(ReadOnlySpan<byte> lines) => true;

        public void OnSubscribing(Sv1ServerSession session)
        {
        }

        public Sv1Error? OnAuthorize(Sv1ServerSession session, in AuthorizeRequest request) => null;

        public void OnReady(Sv1ServerSession session)
        {
        }

        public Sv1Error? OnShare(Sv1ServerSession session, in Sv1Share share) => null;

        public void OnShareRefused(Sv1ServerSession session, string? worker, Sv1Error error) => Refused++;
    }
}
