using System.Text;
using Sv2.Bitcoin;
using Sv2.Protocol;

namespace Sv1;

/// <summary>
/// One miner's connection seen from the server: answers its requests in whatever order they come, sends it jobs, and checks
/// its shares. No I/O and no threads; the owner serialises all calls.
/// </summary>
/// <remarks>
/// <para>
/// Every job is bound to what was in force when it was sent: extranonce, target and version mask. A share is judged by the
/// values of its own job, so nothing that changes meanwhile makes honest work invalid. A target that becomes easier counts
/// for the jobs before as well, since many miners apply it at once.
/// </para>
/// <para>Nothing a miner sends makes a method throw.</para>
/// </remarks>
public sealed partial class Sv1ServerSession
{
    private const int RetiredIdsMax = 32;

    private readonly ISv1Output _output;
    private readonly ISv1ServerEvents _events;
    private readonly TimeProvider _time;
    private readonly Sv1ServerOptions _options;
    private readonly Sv1Writer _writer = new();
    private readonly List<string> _workers = [];
    private readonly List<SentJob> _jobs = [];
    private readonly Queue<string> _retired = new();
    private readonly SeenShares _seen;
    private byte[]? _waitingSubscribeId;
    private bool _hasExtranonce;
    private bool _wasReady;
    private uint _sentVersionMask;
    private double _difficulty;
    private double _sentDifficulty;
    private double _minimumDifficulty;
    private int _refusals;
    private long _nextRequestId = 1;

    /// <summary>Makes the session of a new connection.</summary>
    /// <param name="sessionId">Name of the miner's subscriptions, unique on the server; plain ASCII.</param>
    /// <param name="output">Where lines to the miner go.</param>
    /// <param name="events">Who is asked and told.</param>
    /// <param name="time">The clock.</param>
    /// <param name="options">Choices; <see langword="null"/> for the defaults.</param>
    public Sv1ServerSession(string sessionId, ISv1Output output, ISv1ServerEvents events, TimeProvider time, Sv1ServerOptions? options = null)
    {
        SessionId = sessionId;
        _output = output;
        _events = events;
        _time = time;
        _options = options ?? new Sv1ServerOptions();
        _options.Validate();
        _seen = new SeenShares(_options.SeenSharesMax);
        SetTarget(U256.MaxValue);
    }

    /// <summary>Name of the miner's subscriptions.</summary>
    public string SessionId { get; }

    /// <summary>The miner's software as it says, unsanitised; empty before it subscribes or when it does not say.</summary>
    public string UserAgent { get; private set; } = "";

    /// <summary>Whether the miner has subscribed and has its answer.</summary>
    public bool IsSubscribed { get; private set; }

    /// <summary>Whether the miner is subscribed and has a worker, in whichever order.</summary>
    public bool IsReady => IsSubscribed && _workers.Count > 0;

    /// <summary>The authorised workers, in the order they came.</summary>
    public IReadOnlyList<string> Workers => _workers;

    /// <summary>Whether the miner understands <c>mining.set_extranonce</c>.</summary>
    public bool TakesExtranonce { get; private set; }

    /// <summary>The version bits that were agreed with the miner; 0 when it does not roll.</summary>
    public uint VersionMask { get; private set; }

    /// <summary>The server's part of the extranonce of jobs to come.</summary>
    public ByteString Extranonce1 { get; private set; }

    /// <summary>Bytes of the miner's part of jobs to come.</summary>
    public int Extranonce2Size { get; private set; }

    /// <summary>The difficulty of jobs to come.</summary>
    public double Difficulty => _difficulty;

    /// <summary>The target of jobs to come: the one that <see cref="Difficulty"/> stands for.</summary>
    public U256 Target { get; private set; }

    /// <summary>The job sent last; <see langword="null"/> before the first one and while there is no work.</summary>
    public Sv1Job? CurrentJob => _jobs.Count > 0 ? _jobs[^1].Job : null;

    /// <summary>
    /// Sets the target for jobs to come; it is announced with the next <see cref="SendJob"/>. What the miner gets may be a
    /// little easier, since a difficulty cannot say every target.
    /// </summary>
    /// <param name="target">The target wanted.</param>
    /// <returns>Whether it changes what the miner has.</returns>
    public bool SetTarget(in U256 target)
    {
        // A miner that cannot go below a difficulty gets that one.
        _difficulty = Math.Max(Sv1Difficulty.Of(target, _options.PowerOfTwoDifficulty), _minimumDifficulty);
        Target = Sv1Difficulty.ToTarget(_difficulty);
        return _difficulty != _sentDifficulty;
    }

    /// <summary>
    /// Sets the extranonce for jobs to come. Answers a subscription that waits for it, and tells a subscribed miner by
    /// <c>mining.set_extranonce</c> where it is another than before.
    /// </summary>
    /// <param name="extranonce1">The server's part.</param>
    /// <param name="extranonce2Size">Bytes of the miner's part.</param>
    /// <returns>
    /// <see langword="false"/> when the miner has another extranonce and cannot be told: nothing has changed, and it must
    /// connect again.
    /// </returns>
    public bool SetExtranonce(ByteString extranonce1, int extranonce2Size)
    {
        bool isChange = IsSubscribed && (extranonce1 != Extranonce1 || extranonce2Size != Extranonce2Size);
        if (isChange && !TakesExtranonce)
            return false;
        Extranonce1 = extranonce1;
        Extranonce2Size = extranonce2Size;
        _hasExtranonce = true;
        if (isChange)
        {
            _writer.SetExtranonce(extranonce1.Span, extranonce2Size);
            Flush();
        }
        else if (_waitingSubscribeId is { } id)
        {
            _waitingSubscribeId = null;
            GrantSubscription(id);
        }
        return true;
    }

    /// <summary>Sends a job, before it the difficulty and the version mask where they changed. Nothing is sent before the miner is ready.</summary>
    /// <param name="job">The job; one with <see cref="Sv1Job.IsClean"/> ends all jobs before it.</param>
    /// <param name="keepsEarlierJobs">
    /// Whether shares of earlier jobs are taken even though the miner is told to drop these: what it found just before it
    /// heard of a clean job is still good where the owner can use it.
    /// </param>
    public void SendJob(Sv1Job job, bool keepsEarlierJobs = false)
    {
        if (!IsReady)
            return;
        bool isClean = job.IsClean || _jobs.Count == 0;
        if (isClean && !keepsEarlierJobs)
            EndJobs();
        if (_difficulty != _sentDifficulty)
            AnnounceDifficulty();
        uint mask = VersionMask & job.VersionMask;
        if (VersionMask != 0 && mask != _sentVersionMask)
        {
            _sentVersionMask = mask;
            _writer.SetVersionMask(mask);
        }
        Flush();
        Keep(new SentJob { Job = job, Extranonce1 = Extranonce1, Extranonce2Size = Extranonce2Size, Target = Target, VersionMask = mask });
        _output.Send(job.Line(isClean).Span);
    }

    /// <summary>Ends all jobs: shares for them are stale from now on. For the time in which there is no work.</summary>
    public void EndJobs()
    {
        foreach (ref readonly SentJob sent in System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_jobs))
            Retire(sent.Job.Id);
        _jobs.Clear();
        _seen.Clear();
    }

    /// <summary>Shows a text to whoever looks at the miner.</summary>
    /// <param name="text">The text.</param>
    public void ShowMessage(string text)
    {
        _writer.ShowMessage(text);
        Flush();
    }

    /// <summary>Asks the miner to connect again to the same place. The owner closes the connection then.</summary>
    public void SendReconnect()
    {
        _writer.Reconnect();
        Flush();
    }

    /// <summary>Asks the miner for its software; see <see cref="ISv1ServerEvents.OnVersion"/>.</summary>
    public void AskVersion()
    {
        _writer.GetVersion(_nextRequestId++);
        Flush();
    }

    private void AnnounceDifficulty()
    {
        _sentDifficulty = _difficulty;
        _writer.SetDifficulty(_difficulty);
        foreach (ref SentJob sent in System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_jobs))
            sent.Target = Sv2.Bitcoin.Target.Easier(sent.Target, Target);
    }

    private void Keep(in SentJob sent)
    {
        // The same job again, such as with another difficulty, takes its own place.
        string id = sent.Job.Id;
        _jobs.RemoveAll(known => known.Job.Id == id);
        if (_jobs.Count == _options.JobsMax)
        {
            Retire(_jobs[0].Job.Id);
            _jobs.RemoveAt(0);
        }
        _jobs.Add(sent);
    }

    private void Retire(string id)
    {
        if (_retired.Count == RetiredIdsMax)
            _retired.Dequeue();
        _retired.Enqueue(id);
    }

    private string? FindWorker(Sv1Value name)
    {
        ReadOnlySpan<byte> utf8 = name.Text;
        Span<byte> known = stackalloc byte[AuthorizeRequest.UserBytesMax];
        foreach (string worker in _workers)
        {
            int length = Encoding.UTF8.GetBytes(worker, known);
            if (utf8.IsEmpty ? name.ToString().Trim() == worker : known[..length].SequenceEqual(utf8.Trim((byte)' ')))
                return worker;
        }
        return null;
    }

    private void Flush()
    {
        if (_writer.Lines.IsEmpty)
            return;
        _output.Send(_writer.Lines);
        _writer.Clear();
    }
}
