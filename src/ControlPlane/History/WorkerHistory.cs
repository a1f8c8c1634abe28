using Dapper;
using Microsoft.Data.Sqlite;
using Sv2.ControlPlane.Api;
using Sv2.Roles;

namespace Sv2.ControlPlane.History;

/// <summary>Whose history it is: a worker of an instance, or with an empty instance a miner, all of whose workers count.</summary>
/// <param name="Instance">The role instance; empty for a miner.</param>
/// <param name="Name">The worker's name, or the miner's account.</param>
internal readonly record struct HistoryKey(string Instance, string Name);

/// <summary>One step of a worker's history.</summary>
internal sealed record WorkerPoint(long Time, double HashRate, long Accepted, long Rejected);

/// <summary>
/// What workers and miners did lately: sparklines in memory, and points of five minutes and of an hour on disk. Bounded: the
/// strongest <see cref="KeysMax"/> have a history.
/// </summary>
internal sealed class WorkerHistory
{
    /// <summary>Steps of a sparkline.</summary>
    public const int SparkSteps = 48;

    /// <summary>Most workers and miners with a history.</summary>
    public const int KeysMax = 20_000;

    private const int RowsPerTransaction = 2_000;
    private static readonly int Step = SeriesResolution.Worker[0].Step;

    private readonly SeriesStore _store;
    private readonly Lock _gate = new();
    private readonly Dictionary<HistoryKey, Track> _tracks = [];
    private long _step;

    public WorkerHistory(SeriesStore store, TimeProvider time)
    {
        _store = store;
        _step = time.GetUtcNow().ToUnixTimeSeconds() / Step;
        Load();
    }

    /// <summary>Takes in how everybody is now. Called every half a minute or so; writes when a step is over.</summary>
    /// <param name="now">Unix seconds.</param>
    /// <param name="workers">All workers of all instances.</param>
    /// <param name="counted">Instances whose workers make up the miners, so that no share counts twice.</param>
    public void Observe(long now, IReadOnlyList<WorkerInfo> workers, IReadOnlySet<string> counted)
    {
        List<(HistoryKey, WorkerPoint)> finished = [];
        List<MinerView> miners = MinerView.Of(workers.Where(w => counted.Contains(w.Instance)));
        lock (_gate)
        {
            if (now / Step != _step)
            {
                foreach ((HistoryKey key, Track track) in _tracks)
                {
                    if (track.Finish(_step) is { } point)
                        finished.Add((key, point));
                }

                _step = now / Step;
                Forget();
            }

            foreach (WorkerInfo worker in Strongest(workers))
                Add(new HistoryKey(worker.Instance, worker.Name), worker.HashRate, worker.SharesAccepted, worker.SharesRejected);
            foreach (MinerView miner in miners)
                Add(new HistoryKey("", miner.Account), miner.HashRate, miner.SharesAccepted, miner.SharesRejected);
        }

        foreach ((HistoryKey, WorkerPoint)[] part in finished.Chunk(RowsPerTransaction))
            Write(part);
    }

    /// <summary>Hash rates in steps of five minutes, the oldest first, up to now; empty where nothing is known.</summary>
    public IReadOnlyList<double> Sparkline(HistoryKey key)
    {
        lock (_gate)
            return _tracks.TryGetValue(key, out Track? track) ? track.Sparkline(_step) : [];
    }

    /// <summary>The points on disk, and the one that is not finished.</summary>
    public IReadOnlyList<WorkerPoint> Read(HistoryKey key, long from, long to, SeriesResolution resolution)
    {
        List<WorkerPoint> points = _store.File.Use(connection =>
        {
            long? id = connection.ExecuteScalar<long?>("SELECT id FROM worker WHERE instance = @Instance AND name = @Name", key);
            if (id is null)
                return [];
            // One look-up a step: the table is ordered by time, as that is how it grows and how it is cut.
            return connection.Query<(long Time, double HashRate, long Accepted, long Rejected, long N)>(
                """
                WITH RECURSIVE steps(time) AS (SELECT @first UNION ALL SELECT time + @step FROM steps WHERE time + @step < @to)
                SELECT p.time, p.hash_rate, p.accepted, p.rejected, p.n FROM steps s CROSS JOIN worker_point p
                WHERE p.step = @step AND p.time = s.time AND p.worker_id = @id
                """,
                new { id, first = from / resolution.Step * resolution.Step, to, step = resolution.Step })
                .Select(row => new WorkerPoint(row.Time, row.HashRate / Math.Max(1, row.N), row.Accepted, row.Rejected)).ToList();
        });
        lock (_gate)
        {
            if (resolution.Step == Step && _step * Step < to && _tracks.TryGetValue(key, out Track? track) && track.Present(_step) is { } present)
                points.Add(present);
        }

        return points;
    }

    private static IEnumerable<WorkerInfo> Strongest(IReadOnlyList<WorkerInfo> workers) =>
        workers.Count <= KeysMax ? workers : workers.OrderByDescending(w => w.HashRate).Take(KeysMax);

    private void Add(HistoryKey key, double hashRate, long accepted, long rejected)
    {
        if (!_tracks.TryGetValue(key, out Track? track))
        {
            // Twice, because miners have tracks as well.
            if (_tracks.Count >= 2 * KeysMax)
                return;
            _tracks[key] = track = new Track(accepted, rejected);
        }

        track.Add(hashRate, accepted, rejected);
    }

    /// <summary>Forgets who has a sparkline of nothing but zeros.</summary>
    private void Forget()
    {
        foreach ((HistoryKey key, Track track) in _tracks)
        {
            if (track.IsQuiet(_step))
                _tracks.Remove(key);
        }
    }

    private void Write((HistoryKey Key, WorkerPoint Point)[] points) => _store.File.Transact((connection, transaction) =>
    {
        foreach ((HistoryKey key, WorkerPoint point) in points)
        {
            long id = connection.ExecuteScalar<long>(
                """
                INSERT INTO worker(instance, name, seen) VALUES(@Instance, @Name, @Time)
                ON CONFLICT(instance, name) DO UPDATE SET seen = @Time RETURNING id
                """, new { key.Instance, key.Name, point.Time }, transaction);
            foreach (SeriesResolution resolution in SeriesResolution.Worker)
            {
                connection.Execute(
                    """
                    INSERT INTO worker_point VALUES(@Step, @time, @id, @HashRate, @Accepted, @Rejected, 1)
                    ON CONFLICT(step, time, worker_id) DO UPDATE SET
                      hash_rate = hash_rate + @HashRate, accepted = accepted + @Accepted, rejected = rejected + @Rejected, n = n + 1
                    """,
                    new { resolution.Step, time = point.Time / resolution.Step * resolution.Step, id, point.HashRate, point.Accepted, point.Rejected }, transaction);
            }
        }
    });

    /// <summary>Sparklines go on over a restart.</summary>
    private void Load()
    {
        IEnumerable<(string Instance, string Name, long Time, double HashRate)> rows = _store.File.Use(connection =>
            connection.Query<(string, string, long, double)>(
                """
                SELECT w.instance, w.name, p.time, p.hash_rate / p.n FROM worker_point p JOIN worker w ON w.id = p.worker_id
                WHERE p.step = @Step AND p.time >= @from ORDER BY p.time
                """, new { Step, from = (_step - SparkSteps) * Step }).ToList());
        foreach ((string instance, string name, long time, double hashRate) in rows)
        {
            var key = new HistoryKey(instance, name);
            if (!_tracks.TryGetValue(key, out Track? track))
                _tracks[key] = track = new Track();
            track.Keep(time / Step, hashRate);
        }
    }

    /// <summary>The ring of one worker, and the step that is not over.</summary>
    private sealed class Track
    {
        private readonly float[] _ring = new float[SparkSteps];
        private long _newest = -1;
        private double _sum;
        private int _count;
        private long _acceptedBefore;
        private long _rejectedBefore;
        private long _accepted;
        private long _rejected;
        private bool _hasBase;

        public Track()
        {
        }

        public Track(long accepted, long rejected) => (_acceptedBefore, _rejectedBefore, _hasBase) = (accepted, rejected, true);

        public void Add(double hashRate, long accepted, long rejected)
        {
            if (!_hasBase)
                (_acceptedBefore, _rejectedBefore, _hasBase) = (accepted, rejected, true);
            _sum += hashRate;
            _count++;
            // Counters of a role start anew with it.
            _accepted += accepted >= _acceptedBefore ? accepted - _acceptedBefore : accepted;
            _rejected += rejected >= _rejectedBefore ? rejected - _rejectedBefore : rejected;
            (_acceptedBefore, _rejectedBefore) = (accepted, rejected);
        }

        public WorkerPoint? Present(long step) => _count == 0 ? null : new WorkerPoint(step * Step, _sum / _count, _accepted, _rejected);

        public WorkerPoint? Finish(long step)
        {
            WorkerPoint? point = Present(step);
            if (point is not null)
                Keep(step, point.HashRate);
            (_sum, _count, _accepted, _rejected) = (0, 0, 0, 0);
            return point;
        }

        public void Keep(long step, double hashRate)
        {
            for (long gone = Math.Max(_newest + 1, step - SparkSteps + 1); gone < step; gone++)
                _ring[gone % SparkSteps] = 0;
            _ring[step % SparkSteps] = (float)hashRate;
            _newest = Math.Max(_newest, step);
        }

        public IReadOnlyList<double> Sparkline(long step)
        {
            var line = new double[SparkSteps];
            for (int i = 0; i < SparkSteps; i++)
            {
                long at = step - SparkSteps + 1 + i;
                line[i] = at == step && _count > 0 ? _sum / _count
                    : at <= _newest && at > _newest - SparkSteps ? _ring[at % SparkSteps]
                    : 0;
            }

            return line;
        }

        public bool IsQuiet(long step) => _count == 0 && step - _newest > SparkSteps;
    }
}
