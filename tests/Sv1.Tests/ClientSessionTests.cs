using System.Text;
using Sv2.Bitcoin;
using Sv2.Protocol;

namespace Sv1.Tests;

public sealed class ClientSessionTests
{
    [Fact]
    public void A_client_and_a_server_of_this_library_mine_together()
    {
        Pair pair = new();
        Assert.True(pair.Client.IsAuthorized);
        Assert.Equal("sv2-dotnet", pair.Server.Session.UserAgent);
        Assert.True(pair.Server.Session.TakesExtranonce);
        Assert.Equal(Sv1ServerOptions.UsualVersionMask, pair.Server.Session.VersionMask);
        Sv1Work work = pair.Work[^1];
        Assert.Equal(ServerHarness.Extranonce1, work.Extranonce1);
        Assert.Equal(pair.Server.Session.Target, work.Target);

        uint version = work.Message.Version | 0x0040_0000;
        Assert.True(pair.Client.TrySubmit(work, [0, 0, 0, 7], version, work.Message.NTime, 42, out long id));
        pair.Run();

        Assert.Equal([id], pair.Accepted);
        Assert.Equal(work.Header([0, 0, 0, 7], version, work.Message.NTime, 42), pair.Server.Shares[^1].Header);
        Assert.Equal((1, 1, 0, 0), (pair.Client.Submitted, pair.Client.Accepted, pair.Client.Rejected, pair.Client.PendingShares));
    }

    [Fact]
    public void Refusals_come_with_code_and_words()
    {
        Pair pair = new();
        Sv1Work work = pair.Work[^1];
        pair.Server.ShareVerdict = Sv1Error.LowDifficulty;
        Assert.True(pair.Client.TrySubmit(work, new byte[4], work.Message.Version, work.Message.NTime, 1, out long id));
        pair.Run();

        Assert.Equal([(id, Sv1Error.LowDifficulty)], pair.Rejected);
    }

    [Fact]
    public void Difficulty_extranonce_and_mask_reach_the_work()
    {
        Pair pair = new();
        pair.Server.Session.SetExtranonce(ByteString.FromHex("010203"), 6);
        pair.Server.Session.SetTarget(Target.FromDifficulty(0.25));
        Sv1Job job = pair.Server.NewJob(clean: true, versionMask: 0x0000_6000);
        pair.Server.Session.SendJob(job);
        pair.Run();

        Sv1Work work = pair.Work[^1];
        Assert.Equal((job.Id, 6, 0.25, 0x6000u), (work.Message.JobId, work.Extranonce2Size, work.Difficulty, work.VersionMask));
        Assert.Equal("010203", work.Extranonce1.ToString());
        Assert.Throws<ArgumentException>(() => pair.Client.TrySubmit(work, new byte[4], 0x2000_0000, 0, 0, out _));
        Assert.Throws<ArgumentException>(() => pair.Client.TrySubmit(work, new byte[6], 0x2000_8000, 0, 0, out _));
        Assert.True(pair.Client.TrySubmit(work, new byte[6], 0x2000_4000, work.Message.NTime, 9, out _) || pair.Server.Session.Difficulty > 0);
    }

    [Fact]
    public void Shares_of_a_job_that_has_ended_are_not_sent()
    {
        Pair pair = new();
        Sv1Work old = pair.Work[^1];
        pair.Server.Session.SendJob(pair.Server.NewJob(clean: true));
        pair.Run();

        Assert.False(pair.Client.TrySubmit(old, new byte[4], old.Message.Version, old.Message.NTime, 1, out _));
        Assert.Equal(0, pair.Client.Submitted);
    }

    [Fact]
    public void What_waits_for_an_answer_is_bounded()
    {
        Pair pair = new(new Sv1ClientOptions { User = "a.w", PendingSharesMax = 1 });
        Sv1Work work = pair.Work[^1];
        Assert.True(pair.Client.TrySubmit(work, new byte[4], work.Message.Version, work.Message.NTime, 1, out _));
        Assert.False(pair.Client.TrySubmit(work, new byte[4], work.Message.Version, work.Message.NTime, 2, out _));
    }

    [Fact]
    public void The_servers_questions_and_wishes_are_heard()
    {
        Pair pair = new();
        pair.Server.Session.AskVersion();
        pair.Server.Session.ShowMessage("hello");
        pair.Server.Session.SendReconnect();
        pair.Run();

        Assert.Equal("sv2-dotnet", pair.Server.Version);
        Assert.Equal(["message hello", "reconnect :0"], pair.News);
    }

    [Theory]
    [InlineData("""{"method":"client.reconnect","params":["pool.example","3334",5]}""", "reconnect pool.example:3334")]
    [InlineData("""{"method":"client.reconnect","params":["",99999]}""", "reconnect :0")]
    [InlineData("""{"method":"mining.notify","params":["x"]}""", "violation mining.notify: prevhash: not 64 hexadecimal digits")]
    [InlineData("""{"method":"mining.set_difficulty","params":["hard"]}""", "violation mining.set_difficulty: not a number above 0")]
    [InlineData("""{"method":"mining.set_extranonce","params":["00",0]}""", "violation mining.set_extranonce: extranonce2_size: not in 1..32")]
    [InlineData("""{"id":99,"result":true}""", "violation an answer to a request that was not made")]
    public void Odd_lines_of_a_server_do_no_harm(string line, string expected)
    {
        Pair pair = new();
        Sv1Work? before = pair.Client.Work;
        Assert.Null(pair.Client.Receive(Encoding.UTF8.GetBytes(line)));
        Assert.Equal([expected], pair.News);
        Assert.Same(before, pair.Client.Work);
        Assert.NotNull(pair.Client.Receive("not json"u8));
    }

    [Theory]
    [InlineData("""{"id":2,"result":null,"error":[20,"full",null]}""", "refused mining.subscribe 20 full")]
    [InlineData("""{"id":2,"result":[[],"zz",4],"error":null}""", "refused mining.subscribe 20 the answer is malformed")]
    [InlineData("""{"id":2,"result":null,"error":{"code":-1,"message":"no"}}""", "refused mining.subscribe -1 no")]
    [InlineData("""{"id":2,"result":null,"error":"closed"}""", "refused mining.subscribe 0 closed")]
    public void A_refused_subscription_is_told(string line, string expected)
    {
        Listener events = new();
        Sv1ClientSession client = new(new RecordingOutput(), events, new Sv1ClientOptions { User = "a" });
        client.Start();
        client.Receive(Encoding.UTF8.GetBytes(line));
        Assert.Equal([expected], events.News);
    }

    /// <summary>A client and a server session whose lines go to each other.</summary>
    private sealed class Pair
    {
        private readonly RecordingOutput _toServer = new();
        private readonly Listener _events = new();

        public Pair(Sv1ClientOptions? options = null)
        {
            Client = new Sv1ClientSession(_toServer, _events, options ?? new Sv1ClientOptions { User = "a.w" });
            Client.Start();
            Run();
            _events.News.Clear();
        }

        public ServerHarness Server { get; } = new();

        public Sv1ClientSession Client { get; }

        public List<Sv1Work> Work => _events.Work;

        public List<long> Accepted => _events.Accepted;

        public List<(long, Sv1Error)> Rejected => _events.Rejected;

        public List<string> News => _events.News;

        public void Run()
        {
            while (_toServer.Lines.Count + Server.Output.Lines.Count > 0)
            {
                foreach (string line in Drain(_toServer))
                    Assert.Null(Server.Receive(line));
                foreach (string line in Drain(Server.Output))
                    Assert.Null(Client.Receive(Encoding.UTF8.GetBytes(line)));
            }
        }

        private static string[] Drain(RecordingOutput output)
        {
            string[] lines = [.. output.Lines];
            output.Lines.Clear();
            return lines;
        }
    }

    private sealed class Listener : ISv1ClientEvents
    {
        public List<Sv1Work> Work { get; } = [];

        public List<long> Accepted { get; } = [];

        public List<(long, Sv1Error)> Rejected { get; } = [];

        public List<string> News { get; } = [];

        public void OnWork(Sv1Work work) => Work.Add(work);

        public void OnRefused(string request, Sv1Error error) => News.Add($"refused {request} {error.Code} {error.Message}");

        public void OnShareAccepted(long id) => Accepted.Add(id);

        public void OnShareRejected(long id, Sv1Error error) => Rejected.Add((id, error));

        public void OnReconnect(in ReconnectMessage message) => News.Add($"reconnect {message.Host}:{message.Port}");

        public void OnMessage(string text) => News.Add($"message {text}");

        public void OnViolation(string fault) => News.Add($"violation {fault}");
    }
}
