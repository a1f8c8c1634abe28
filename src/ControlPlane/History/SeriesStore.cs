using Dapper;
using Microsoft.Data.Sqlite;

namespace Sv2.ControlPlane.History;

/// <summary>One value to be stored.</summary>
/// <param name="Name">The series.</param>
/// <param name="Instance">The role instance; empty for the whole stack.</param>
/// <param name="Label">Which line of the series; empty where it has one only.</param>
/// <param name="Value">The level, or how many.</param>
internal readonly record struct Sample(string Name, string Instance, string Label, double Value);

/// <summary>One stored step.</summary>
internal sealed record SeriesPoint(string Instance, string Label, long Time, double Value, double Min, double Max);

/// <summary>
/// The time series on disk: every sample goes into a point of each resolution at once, so that no later step has to roll
/// anything up; each resolution forgets after its own time.
/// </summary>
internal sealed class SeriesStore(SqliteFile file) : IDisposable
{
    /// <summary>Most lines of all series; new ones beyond are not stored.</summary>
    public const int LinesMax = 10_000;

    private static readonly string[] Migrations =
    [
        """
        CREATE TABLE line(id INTEGER PRIMARY KEY, name TEXT NOT NULL, instance TEXT NOT NULL, label TEXT NOT NULL, UNIQUE(name, instance, label));
        CREATE TABLE point(
          step INTEGER NOT NULL, line_id INTEGER NOT NULL, time INTEGER NOT NULL,
          n INTEGER NOT NULL, sum REAL NOT NULL, min REAL NOT NULL, max REAL NOT NULL,
          PRIMARY KEY(step, line_id, time)) WITHOUT ROWID;
        CREATE TABLE worker(id INTEGER PRIMARY KEY, instance TEXT NOT NULL, name TEXT NOT NULL, seen INTEGER NOT NULL, UNIQUE(instance, name));
        CREATE TABLE worker_point(
          step INTEGER NOT NULL, time INTEGER NOT NULL, worker_id INTEGER NOT NULL,
          hash_rate REAL NOT NULL, accepted INTEGER NOT NULL, rejected INTEGER NOT NULL, n INTEGER NOT NULL,
          PRIMARY KEY(step, time, worker_id)) WITHOUT ROWID;
        """,
    ];

    private Dictionary<(string, string, string), long> _lines = ReadLines(file);

    /// <summary>Opens the database; null for one in memory.</summary>
    public static SeriesStore Open(string? path) => new(SqliteFile.Open(path, Migrations));

    /// <summary>Adds samples of one moment.</summary>
    public void Add(long now, IReadOnlyList<Sample> samples)
    {
        try
        {
            file.Transact((connection, transaction) => Write(connection, transaction, now, samples));
        }
        catch (SqliteException)
        {
            // Lines that were made in what was not written are not there.
            _lines = ReadLines(file);
            throw;
        }
    }

    private void Write(SqliteConnection connection, SqliteTransaction transaction, long now, IReadOnlyList<Sample> samples)
    {
        using SqliteCommand add = connection.CreateCommand();
        add.Transaction = transaction;
        add.CommandText =
            """
            INSERT INTO point VALUES(@step, @line, @time, 1, @value, @value, @value)
            ON CONFLICT(step, line_id, time) DO UPDATE SET n = n + 1, sum = sum + @value, min = MIN(min, @value), max = MAX(max, @value)
            """;
        SqliteParameter step = add.Parameters.Add("@step", SqliteType.Integer);
        SqliteParameter line = add.Parameters.Add("@line", SqliteType.Integer);
        SqliteParameter time = add.Parameters.Add("@time", SqliteType.Integer);
        SqliteParameter value = add.Parameters.Add("@value", SqliteType.Real);
        foreach (Sample sample in samples)
        {
            if (!double.IsFinite(sample.Value) || LineOf(connection, transaction, sample) is not { } id)
                continue;
            foreach (SeriesResolution resolution in SeriesResolution.Stack)
            {
                (step.Value, line.Value, time.Value, value.Value) = (resolution.Step, id, now / resolution.Step * resolution.Step, sample.Value);
                add.ExecuteNonQuery();
            }
        }
    }

    /// <summary>Forgets what is older than its resolution keeps.</summary>
    public void Forget(long now) => file.Transact((connection, transaction) =>
    {
        foreach (SeriesResolution resolution in SeriesResolution.Stack)
        {
            connection.Execute(
                "DELETE FROM point WHERE step = @Step AND line_id IN (SELECT id FROM line) AND time < @before",
                new { resolution.Step, before = now - (long)resolution.Kept.TotalSeconds }, transaction);
        }

        foreach (SeriesResolution resolution in SeriesResolution.Worker)
        {
            connection.Execute(
                "DELETE FROM worker_point WHERE step = @Step AND time < @before",
                new { resolution.Step, before = now - (long)resolution.Kept.TotalSeconds }, transaction);
        }

        connection.Execute("DELETE FROM worker WHERE seen < @before", new { before = now - (long)SeriesResolution.Worker[^1].Kept.TotalSeconds }, transaction);
    });

    /// <summary>Reads the lines of a series in steps that are multiples of a resolution's.</summary>
    /// <param name="series">The series.</param>
    /// <param name="instance">The instance; empty for the whole stack.</param>
    /// <param name="from">Unix seconds of the first step.</param>
    /// <param name="to">Unix seconds behind the last.</param>
    /// <param name="resolution">Of which points.</param>
    /// <param name="step">Seconds of a step, a multiple of the resolution's.</param>
    public IReadOnlyList<SeriesPoint> Read(SeriesInfo series, string instance, long from, long to, SeriesResolution resolution, int step) => file.Use(connection =>
        connection.Query<(string Instance, string Label, long Time, long N, double Sum, double Min, double Max)>(
            """
            SELECT l.instance, l.label, p.time / @step * @step, SUM(p.n), SUM(p.sum), MIN(p.min), MAX(p.max)
            FROM line l JOIN point p ON p.line_id = l.id AND p.step = @resolution AND p.time >= @from AND p.time < @to
            WHERE l.name = @name AND l.instance = @instance
            GROUP BY l.id, 3 ORDER BY l.label, 3
            """,
            new { name = series.Name, instance, from, to, resolution = resolution.Step, step })
            .Select(row =>
            {
                double value = series.Kind == LineKind.Count ? row.Sum : row.Sum / row.N;
                bool isCount = series.Kind == LineKind.Count;
                return new SeriesPoint(row.Instance, row.Label, row.Time, value, isCount ? value : row.Min, isCount ? value : row.Max);
            }).ToList());

    /// <summary>The database of workers' points.</summary>
    public SqliteFile File => file;

    public void Dispose() => file.Dispose();

    private static Dictionary<(string, string, string), long> ReadLines(SqliteFile file) => file.Use(connection =>
        connection.Query<(long Id, string Name, string Instance, string Label)>("SELECT id, name, instance, label FROM line")
            .ToDictionary(l => (l.Name, l.Instance, l.Label), l => l.Id));

    private long? LineOf(SqliteConnection connection, SqliteTransaction transaction, in Sample sample)
    {
        (string, string, string) key = (sample.Name, sample.Instance, sample.Label);
        if (_lines.TryGetValue(key, out long id))
            return id;
        if (_lines.Count >= LinesMax)
            return null;
        id = connection.ExecuteScalar<long>(
            "INSERT INTO line(name, instance, label) VALUES(@Name, @Instance, @Label) RETURNING id", new { sample.Name, sample.Instance, sample.Label }, transaction);
        return _lines[key] = id;
    }
}
