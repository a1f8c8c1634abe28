using System.Text;
using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.TestKit;

namespace Sv1.Tests;

/// <summary>A server session with one easy job, and an owner that accepts everything.</summary>
internal sealed class ServerHarness : ISv1ServerEvents
{
    private int _jobs;

    public ServerHarness(Sv1ServerOptions? options = null, bool hasExtranonce = true)
    {
        Session = new Sv1ServerSession("s1", Output, this, Time, options);
        if (hasExtranonce)
            Session.SetExtranonce(Extranonce1, 4);
    }

    public static ByteString Extranonce1 { get; } = ByteString.FromHex("0a0b0c0d");

    public ManualTimeProvider Time { get; } = new();

    public RecordingOutput Output { get; } = new();

    public Sv1ServerSession Session { get; }

    public List<(Sv1Job Job, string Worker, U256 Hash, BlockHeader Header, string Extranonce2)> Shares { get; } = [];

    public List<(string? Worker, Sv1Error Error)> Refused { get; } = [];

    public List<U256> Suggested { get; } = [];

    public string? Version { get; private set; }

    public int Ready { get; private set; }

    public int Subscribing { get; private set; }

    /// <summary>Verdict of the owner on shares.</summary>
    public Sv1Error? ShareVerdict { get; set; }

    /// <summary>Verdict of the owner on workers.</summary>
    public Sv1Error? AuthorizeVerdict { get; set; }

    /// <summary>The target and the job that a miner gets when it is ready; null for none.</summary>
    public U256? StartTarget { get; set; } = U256.MaxValue;

    public string? Receive(string line) => Session.Receive(Encoding.UTF8.GetBytes(line));

    /// <summary>Makes the session ready and forgets what was sent.</summary>
    public ServerHarness Open(bool rolls = false)
    {
        if (rolls)
            Receive("""{"id":0,"method":"mining.configure","params":[["version-rolling"],{"version-rolling.mask":"1fffe000","version-rolling.min-bit-count":2}]}""");
        Receive("""{"id":1,"method":"mining.subscribe","params":["test/1"]}""");
        Receive("""{"id":2,"method":"mining.authorize","params":["a.w","x"]}""");
        Output.Lines.Clear();
        return this;
    }

    public Sv1Job NewJob(bool clean = false, uint versionMask = BlockHeader.VersionRollingMask)
    {
        _jobs++;
        uint now = (uint)Time.GetUtcNow().ToUnixTimeSeconds();
        return new Sv1Job(Message($"j{_jobs}", now, clean), versionMask);
    }

    public static NotifyMessage Message(string id, uint nTime, bool clean) => new()
    {
        JobId = id,
        PrevHash = Sha256d.Hash([1]),
        CoinbasePrefix = Sha256d.Hash([2]).AsSpan().ToArray(),
        CoinbaseSuffix = Sha256d.Hash([3]).AsSpan().ToArray(),
        MerklePath = [Sha256d.Hash([4]), Sha256d.Hash([5])],
        Version = 0x2000_0000,
        NBits = 0x1d00ffff,
        NTime = nTime,
        CleanJobs = clean,
    };

    public void Submit(Sv1Job job, uint nonce = 1, string worker = "a.w", string extranonce2 = "00000001", uint? nTime = null, string? versionBits = null) =>
        Receive($$"""{"id":9,"method":"mining.submit","params":["{{worker}}","{{job.Id}}","{{extranonce2}}","{{nTime ?? job.Message.NTime:x8}}","{{nonce:x8}}"{{(versionBits is null ? "" : $",\"{versionBits}\"")}}]}""");

    /// <summary>Submits and gives the error code; 0 when the share was accepted.</summary>
    public int CodeOf(Sv1Job job, uint nonce = 1, string worker = "a.w", string extranonce2 = "00000001", uint? nTime = null, string? versionBits = null)
    {
        Output.Lines.Clear();
        Submit(job, nonce, worker, extranonce2, nTime, versionBits);
        var answer = Assert.Single(Output.Take());
        return answer["error"] is { } error ? error[0]!.GetValue<int>() : 0;
    }

    void ISv1ServerEvents.OnSubscribing(Sv1ServerSession session) => Subscribing++;

    Sv1Error? ISv1ServerEvents.OnAuthorize(Sv1ServerSession session, in AuthorizeRequest request) => AuthorizeVerdict;

    void ISv1ServerEvents.OnReady(Sv1ServerSession session)
    {
        Ready++;
        if (StartTarget is not { } target)
            return;
        session.SetTarget(target);
        session.SendJob(NewJob());
    }

    void ISv1ServerEvents.OnTargetSuggested(Sv1ServerSession session, in U256 target) => Suggested.Add(target);

    Sv1Error? ISv1ServerEvents.OnShare(Sv1ServerSession session, in Sv1Share share)
    {
        Shares.Add((share.Job, share.Worker, share.Hash, share.Header, Convert.ToHexStringLower(share.Extranonce2)));
        return ShareVerdict;
    }

    void ISv1ServerEvents.OnShareRefused(Sv1ServerSession session, string? worker, Sv1Error error) => Refused.Add((worker, error));

    void ISv1ServerEvents.OnVersion(Sv1ServerSession session, string version) => Version = version;
}
