using Dapper;
using Sv2.ControlPlane.History;
using Sv2.Roles;

namespace Sv2.ControlPlane.Security;

/// <summary>One change, or one attempt at it.</summary>
public sealed record AuditEntry
{
    public required long Id { get; init; }

    public required DateTimeOffset Time { get; init; }

    /// <summary>Who it was: the name of a token or session; empty for somebody who had not signed in.</summary>
    public required string Caller { get; init; }

    /// <summary>How they showed who they are: anonymous, token, session, or command-line.</summary>
    public required string Via { get; init; }

    /// <summary>From where.</summary>
    public required string RemoteAddress { get; init; }

    /// <summary>The operation's id in the API.</summary>
    public required string Operation { get; init; }

    /// <summary>What it was done to.</summary>
    public required string Target { get; init; }

    /// <summary>The HTTP status of the answer: below 400 it was done.</summary>
    public required int Status { get; init; }

    /// <summary>More about it; never a secret.</summary>
    public required string Detail { get; init; }
}

/// <summary>Who changed what, and who tried to. The newest are kept.</summary>
internal sealed class AuditLog(SqliteFile file, TimeProvider time)
{
    private const int EntriesMax = 100_000;
    private const int TextMax = 500;
    private const int TrimEvery = 500;

    private const string Columns =
        "id AS Id, time AS Time, caller AS Caller, via AS Via, remote AS RemoteAddress, operation AS Operation, target AS Target, status AS Status, detail AS Detail";

    private int _written;

    public void Write(string caller, string via, string remote, string operation, string target, int status, string detail = "") => file.Use(c =>
    {
        c.Execute(
            "INSERT INTO audit(time, caller, via, remote, operation, target, status, detail) VALUES(@now, @caller, @via, @remote, @operation, @target, @status, @detail)",
            new { now = time.GetUtcNow().ToUnixTimeMilliseconds(), caller, via, remote, operation, target = Cut(target), status, detail = Cut(detail) });
        if (++_written % TrimEvery == 0)
            c.Execute("DELETE FROM audit WHERE id <= (SELECT MAX(id) FROM audit) - @most", new { most = EntriesMax });
    });

    /// <summary>The newest first.</summary>
    public Page<AuditEntry> List(ListQuery query) => file.Use(c =>
    {
        const string where = "WHERE @search IS NULL OR instr(lower(caller || ' ' || operation || ' ' || target || ' ' || detail || ' ' || remote), lower(@search)) > 0";
        string? search = string.IsNullOrEmpty(query.Search) ? null : query.Search;
        long total = c.ExecuteScalar<long>($"SELECT COUNT(*) FROM audit {where}", new { search });
        List<AuditEntry> items = c.Query<Row>($"SELECT {Columns} FROM audit {where} ORDER BY id DESC LIMIT @Limit OFFSET @Offset", new { search, query.Limit, query.Offset })
            .Select(r => r.ToEntry()).ToList();
        return new Page<AuditEntry>(items, total);
    });

    private static string Cut(string text) => text.Length <= TextMax ? text : text[..TextMax] + "…";

    private sealed class Row
    {
        public long Id { get; init; }

        public long Time { get; init; }

        public string Caller { get; init; } = "";

        public string Via { get; init; } = "";

        public string RemoteAddress { get; init; } = "";

        public string Operation { get; init; } = "";

        public string Target { get; init; } = "";

        public long Status { get; init; }

        public string Detail { get; init; } = "";

        public AuditEntry ToEntry() => new()
        {
            Id = Id,
            Time = DateTimeOffset.FromUnixTimeMilliseconds(Time),
            Caller = Caller,
            Via = Via,
            RemoteAddress = RemoteAddress,
            Operation = Operation,
            Target = Target,
            Status = (int)Status,
            Detail = Detail,
        };
    }
}
