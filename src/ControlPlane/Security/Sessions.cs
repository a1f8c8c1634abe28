using Dapper;
using Sv2.ControlPlane.History;

namespace Sv2.ControlPlane.Security;

/// <summary>A browser that is signed in.</summary>
public sealed record SessionInfo
{
    public required string Id { get; init; }

    /// <summary>The name of the token that it was begun with, or <c>sign-in link</c>.</summary>
    public required string Name { get; init; }

    public required Scope Scope { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was used last, to the minute.</summary>
    public required DateTimeOffset LastSeenAt { get; init; }

    /// <summary>When it ends at the latest; it ends before that when it is not used.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>From where it was begun.</summary>
    public required string RemoteAddress { get; init; }

    /// <summary>Whether it is the one of this request.</summary>
    public bool IsCurrent { get; init; }
}

/// <summary>The sessions of browsers. The cookie's secret is kept as a hash; sessions outlive a restart of the program.</summary>
internal sealed class Sessions(SqliteFile file, ControlPlaneOptions options, TimeProvider time)
{
    private const int SessionsMax = 1000;
    private const string Columns = "id AS Id, name AS Name, scope AS Scope, csrf AS Csrf, created_at AS CreatedAt, seen_at AS SeenAt, expires_at AS ExpiresAt, remote AS Remote";

    private static readonly TimeSpan SeenNotedEvery = TimeSpan.FromMinutes(1);

    private readonly SessionLimits _limits = options.Sessions;

    /// <summary>Begins a session and gives the cookie's secret.</summary>
    /// <param name="name">Whose it is.</param>
    /// <param name="scope">What it may do.</param>
    /// <param name="token">The token that it was begun with; the session ends no later than that, and with it.</param>
    /// <param name="remote">From where.</param>
    public (Caller Caller, string Secret) Begin(string name, Scope scope, AccessToken? token, string remote)
    {
        DateTimeOffset now = time.GetUtcNow();
        DateTimeOffset end = now + _limits.Lifetime;
        if (token?.ExpiresAt is { } limit && limit < end)
            end = limit;
        string secret = Secret.New();
        string id = Secret.NewId();
        string csrf = Secret.New();
        file.Use(c => c.Execute(
            """
            DELETE FROM session WHERE expires_at <= @now OR seen_at <= @idle;
            DELETE FROM session WHERE id IN (SELECT id FROM session ORDER BY seen_at DESC LIMIT -1 OFFSET @most);
            INSERT INTO session VALUES(@id, @hash, @name, @scope, @tokenId, @csrf, @now, @now, @end, @remote);
            """,
            new
            {
                now = now.ToUnixTimeMilliseconds(),
                idle = (now - _limits.Idle).ToUnixTimeMilliseconds(),
                most = SessionsMax - 1,
                id,
                hash = Secret.Hash(secret),
                name,
                scope = ScopeText.Of(scope),
                tokenId = token?.Id,
                csrf,
                end = end.ToUnixTimeMilliseconds(),
                remote,
            }));
        return (new Caller(name, scope, CallerVia.Session, id, csrf, end), secret);
    }

    /// <summary>Whose cookie it is; null where the session is unknown or over.</summary>
    public Caller? Find(string secret)
    {
        long now = time.GetUtcNow().ToUnixTimeMilliseconds();
        Row? row = file.Use(c => c.QueryFirstOrDefault<Row>($"SELECT {Columns} FROM session WHERE hash = @hash", new { hash = Secret.Hash(secret) }));
        if (row is null || row.ExpiresAt <= now || row.SeenAt <= now - (long)_limits.Idle.TotalMilliseconds)
            return null;
        if (now - row.SeenAt >= (long)SeenNotedEvery.TotalMilliseconds)
            file.Try(c => c.Execute("UPDATE session SET seen_at = @now WHERE id = @Id", new { now, row.Id }));
        return new Caller(row.Name, ScopeText.Parse(row.Scope), CallerVia.Session, row.Id, row.Csrf, DateTimeOffset.FromUnixTimeMilliseconds(row.ExpiresAt));
    }

    /// <summary>Those that are not over, the last used first.</summary>
    public IReadOnlyList<SessionInfo> List(string? current)
    {
        long now = time.GetUtcNow().ToUnixTimeMilliseconds();
        return file.Use(c => c.Query<Row>(
            $"SELECT {Columns} FROM session WHERE expires_at > @now AND seen_at > @idle ORDER BY seen_at DESC, id",
            new { now, idle = now - (long)_limits.Idle.TotalMilliseconds })
            .Select(r => r.ToInfo(current)).ToList());
    }

    /// <summary>Ends a session; false if there is none.</summary>
    public bool End(string id) => file.Use(c => c.Execute("DELETE FROM session WHERE id = @id", new { id })) > 0;

    private sealed class Row
    {
        public string Id { get; init; } = "";

        public string Name { get; init; } = "";

        public string Scope { get; init; } = "";

        public string Csrf { get; init; } = "";

        public long CreatedAt { get; init; }

        public long SeenAt { get; init; }

        public long ExpiresAt { get; init; }

        public string Remote { get; init; } = "";

        public SessionInfo ToInfo(string? current) => new()
        {
            Id = Id,
            Name = Name,
            Scope = ScopeText.Parse(Scope),
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(CreatedAt),
            LastSeenAt = DateTimeOffset.FromUnixTimeMilliseconds(SeenAt),
            ExpiresAt = DateTimeOffset.FromUnixTimeMilliseconds(ExpiresAt),
            RemoteAddress = Remote,
            IsCurrent = Id == current,
        };
    }
}
