using System.Globalization;
using Sv2.Protocol;

namespace Sv1;

/// <summary>
/// One connection seen from the miner: introduces itself, follows jobs, difficulty, extranonce and version mask, submits
/// shares. No I/O and no threads; the owner serialises all calls. Nothing a server sends makes a method throw.
/// </summary>
public sealed partial class Sv1ClientSession
{
    private readonly ISv1Output _output;
    private readonly ISv1ClientEvents _events;
    private readonly Sv1ClientOptions _options;
    private readonly Sv1Writer _writer = new();
    private readonly Dictionary<long, Request> _pending = [];
    private readonly List<string> _jobs = [];
    private NotifyMessage? _message;
    private SubscribeResult _subscription;
    private double _difficulty = 1;
    private uint _versionMask;
    private int _pendingShares;
    private long _lastId;

    /// <summary>Makes the session of a new connection.</summary>
    /// <param name="output">Where lines to the server go.</param>
    /// <param name="events">Who is told.</param>
    /// <param name="options">Who mines, and what the miner can do.</param>
    public Sv1ClientSession(ISv1Output output, ISv1ClientEvents events, Sv1ClientOptions options)
    {
        options.Validate();
        _output = output;
        _events = events;
        _options = options;
    }

    private enum Request
    {
        Configure,
        Subscribe,
        Authorize,
        Share,
        Other,
    }

    /// <summary>What to mine now; <see langword="null"/> before the first job.</summary>
    public Sv1Work? Work { get; private set; }

    /// <summary>Whether the server has granted an extranonce.</summary>
    public bool IsSubscribed => _subscription.Extranonce2Size > 0;

    /// <summary>Whether the server has authorised the worker.</summary>
    public bool IsAuthorized { get; private set; }

    /// <summary>Shares submitted.</summary>
    public long Submitted { get; private set; }

    /// <summary>Shares accepted.</summary>
    public long Accepted { get; private set; }

    /// <summary>Shares refused.</summary>
    public long Rejected { get; private set; }

    /// <summary>Shares that wait for an answer.</summary>
    public int PendingShares => _pendingShares;

    /// <summary>Introduces the miner. To be called once, first.</summary>
    public void Start()
    {
        if (_options.VersionMask != 0)
            _writer.Configure(Next(Request.Configure), _options.VersionMask, _options.MinVersionBits);
        _writer.Subscribe(Next(Request.Subscribe), _options.UserAgent);
        Flush();
    }

    /// <summary>Submits a share. The hash is the caller's to have checked against <see cref="Sv1Work.Target"/>.</summary>
    /// <param name="work">The work it was found on.</param>
    /// <param name="extranonce2">Exactly <see cref="Sv1Work.Extranonce2Size"/> bytes.</param>
    /// <param name="version">nVersion as rolled.</param>
    /// <param name="nTime">nTime.</param>
    /// <param name="nonce">Nonce.</param>
    /// <param name="id">The share's number, when the result is <see langword="true"/>.</param>
    /// <returns><see langword="false"/> when the job has ended or too many shares wait for an answer: nothing was sent.</returns>
    /// <exception cref="ArgumentException">A value is outside the work's limits: the hasher is wrong.</exception>
    public bool TrySubmit(Sv1Work work, ReadOnlySpan<byte> extranonce2, uint version, uint nTime, uint nonce, out long id)
    {
        id = 0;
        if (extranonce2.Length != work.Extranonce2Size)
            throw new ArgumentException($"extranonce2: {extranonce2.Length} bytes, the server takes {work.Extranonce2Size}", nameof(extranonce2));
        if (((version ^ work.Message.Version) & ~work.VersionMask) != 0)
            throw new ArgumentException($"version: 0x{version:x8} differs from 0x{work.Message.Version:x8} outside the mask 0x{work.VersionMask:x8}", nameof(version));
        if (!_jobs.Contains(work.Message.JobId) || _pendingShares >= _options.PendingSharesMax)
            return false;
        id = Next(Request.Share);
        Submitted++;
        _pendingShares++;
        uint? bits = work.VersionMask == 0 ? null : version & work.VersionMask;
        _writer.Submit(id, _options.User, work.Message.JobId, extranonce2, nTime, nonce, bits);
        Flush();
        return true;
    }

    /// <summary>Asks whether the server is there.</summary>
    public void Ping()
    {
        _writer.Ping(Next(Request.Other));
        Flush();
    }

    private long Next(Request kind)
    {
        _pending.Add(++_lastId, kind);
        return _lastId;
    }

    private void Flush()
    {
        if (_writer.Lines.IsEmpty)
            return;
        _output.Send(_writer.Lines);
        _writer.Clear();
    }

    private static bool TryParseId(ReadOnlySpan<byte> raw, out long id)
    {
        // Some servers turn numbers into strings.
        ReadOnlySpan<byte> digits = raw.Length > 2 && raw[0] == '"' ? raw[1..^1] : raw;
        return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out id);
    }
}
