using System.Text;
using System.Threading.Channels;
using Sv1;
using Sv2.Bitcoin;
using Sv2.Protocol;

namespace Sv2.Roles.Tests.Translator;

/// <summary>A Stratum V1 miner that finds its shares one by one, when a test wants them.</summary>
internal sealed class Sv1Miner : ISv1LineHandler, ISv1ClientEvents, IAsyncDisposable
{
    private static readonly U256 Forwarded = Target.FromHashesPerShare(21);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly Sv1Connection _connection;
    private readonly Sv1ClientSession _session;
    private readonly Channel<Sv1Work> _work = Channel.CreateUnbounded<Sv1Work>();
    private readonly Channel<(long Id, Sv1Error? Error)> _answers = Channel.CreateUnbounded<(long, Sv1Error?)>();
    private readonly List<string> _lines = [];
    private Task _running = Task.CompletedTask;
    private uint _nonce;

    private Sv1Miner(Sv1Connection connection, Sv1ClientOptions options)
    {
        _connection = connection;
        _session = new Sv1ClientSession(connection, this, options);
    }

    public bool IsConnected => _connection.Reason is null;

    public Task Ended => _running.WaitAsync(Patience);

    public (long Received, long Sent) Bytes => (_connection.BytesReceived, _connection.BytesSent);

    /// <summary>Methods the server has called, in order.</summary>
    public List<string> Methods
    {
        get
        {
            lock (_gate)
                return [.. _lines.Where(static line => line.Contains("\"method\"", StringComparison.Ordinal)).Select(static line => line.Split("\"method\":\"")[1].Split('"')[0])];
        }
    }

    public Sv1Work? Work
    {
        get
        {
            lock (_gate)
                return _session.Work;
        }
    }

    public static async Task<Sv1Miner> ConnectAsync(int port, Sv1ClientOptions options)
    {
        Sv1Miner miner = new(await Sv1Connector.ConnectAsync("127.0.0.1", port), options);
        miner._running = miner._connection.RunAsync(miner);
        lock (miner._gate)
            miner._session.Start();
        return miner;
    }

    /// <summary>The next work that came, or the first one that matches.</summary>
    public async Task<Sv1Work> NextWorkAsync(Func<Sv1Work, bool>? matches = null)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            Sv1Work work = await _work.Reader.ReadAsync(patience.Token);
            if (matches is null || matches(work))
                return work;
        }
    }

    /// <summary>Finds a share whose hash lies in a range, submits it, and gives the answer: null when it was accepted.</summary>
    public async Task<Sv1Error?> ShareAsync(Sv1Work? work = null, U256? atMost = null, U256? above = null, uint versionBits = 0)
    {
        _ = Submit(work, atMost, above, versionBits);
        return await AnswerAsync();
    }

    /// <summary>Finds and submits a share without waiting for the answer; gives its hash.</summary>
    public U256 Submit(Sv1Work? work = null, U256? atMost = null, U256? above = null, uint versionBits = 0)
    {
        lock (_gate)
        {
            Sv1Work on = work ?? _session.Work!;
            byte[] extranonce2 = new byte[on.Extranonce2Size];
            extranonce2[^1] = 7;
            uint version = (on.Message.Version & ~versionBits) | versionBits;
            // A little harder than the pools of these tests ask, so that no share falls between two roundings.
            U256 limit = atMost ?? (above is null ? Target.Harder(on.Target, Forwarded) : on.Target);
            while (true)
            {
                uint nonce = _nonce++;
                U256 hash = on.Header(extranonce2, version, on.Message.NTime, nonce).Hash();
                if (hash > limit || hash <= above)
                    continue;
                Assert.True(_session.TrySubmit(on, extranonce2, version, on.Message.NTime, nonce, out _));
                return hash;
            }
        }
    }

    /// <summary>The next answer to a share; null when it was accepted.</summary>
    public async Task<Sv1Error?> AnswerAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        return (await _answers.Reader.ReadAsync(patience.Token)).Error;
    }

    /// <summary>Sends a line as it is.</summary>
    public void Send(string line) => Assert.True(_connection.Send(Encoding.UTF8.GetBytes(line + "\n")));

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _running;
    }

    Sv1CloseReason? ISv1LineHandler.OnLine(ReadOnlySpan<byte> line)
    {
        lock (_gate)
        {
            _lines.Add(Encoding.UTF8.GetString(line));
            string? fault = _session.Receive(line);
            return fault is null ? null : new Sv1CloseReason(Sv1CloseKind.ProtocolViolation, fault);
        }
    }

    void ISv1ClientEvents.OnWork(Sv1Work work) => _work.Writer.TryWrite(work);

    void ISv1ClientEvents.OnShareAccepted(long id) => _answers.Writer.TryWrite((id, null));

    void ISv1ClientEvents.OnShareRejected(long id, Sv1Error error) => _answers.Writer.TryWrite((id, error));
}
