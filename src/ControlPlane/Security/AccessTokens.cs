using System.Collections.Concurrent;
using Dapper;
using Sv2.ControlPlane.History;
using Sv2.Roles;

namespace Sv2.ControlPlane.Security;

/// <summary>An access token, without its secret.</summary>
public sealed record AccessToken
{
    public required string Id { get; init; }

    /// <summary>What it is for.</summary>
    public required string Name { get; init; }

    public required Scope Scope { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Until when it can be used; null for ever.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>When it was used last, to the minute; null if never.</summary>
    public DateTimeOffset? LastUsedAt { get; init; }

    /// <summary>Whether its time is over.</summary>
    public bool IsExpired { get; init; }
}

/// <summary>The access tokens. Only their hashes are kept.</summary>
internal sealed class AccessTokens(SqliteFile file, TimeProvider time)
{
    /// <summary>Most tokens.</summary>
    public const int TokensMax = 1000;

    /// <summary>What every token begins with, so that one that got somewhere can be found by a search.</summary>
    public const string Prefix = "sv2_";

    private const string GivenId = "given";

    private const string Columns = "id AS Id, name AS Name, scope AS Scope, created_at AS CreatedAt, expires_at AS ExpiresAt, last_used_at AS LastUsedAt";
    private static readonly TimeSpan UseNotedEvery = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, DateTimeOffset> _noted = new(StringComparer.Ordinal);

    /// <summary>Whether there are any.</summary>
    public bool Any => file.Use(c => c.ExecuteScalar<long>("SELECT COUNT(*) FROM token")) > 0;

    /// <summary>Makes a token and gives its secret, which nobody can see again.</summary>
    /// <exception cref="RoleConflictException">There are too many.</exception>
    public (AccessToken Token, string Secret) Create(string name, Scope scope, DateTimeOffset? expiresAt)
    {
        string secret = Secret.New(Prefix);
        return (Add(Secret.NewId(), name, scope, expiresAt, secret), secret);
    }

    /// <summary>Takes a secret that was given from outside as an administrator's token, in place of the one before; null ends that one.</summary>
    public void Give(string? secret)
    {
        Delete(GivenId);
        if (secret is not null)
            Add(GivenId, GivenId, Scope.Admin, null, secret);
    }

    /// <summary>The token of a secret, also an expired one; null where there is none.</summary>
    public AccessToken? Find(string secret)
    {
        Row? row = file.Use(c => c.QueryFirstOrDefault<Row>($"SELECT {Columns} FROM token WHERE hash = @hash", new { hash = Secret.Hash(secret) }));
        if (row is null)
            return null;
        AccessToken token = row.ToToken(time.GetUtcNow());
        NoteUse(token);
        return token;
    }

    /// <summary>All of them, the newest first.</summary>
    public IReadOnlyList<AccessToken> List()
    {
        DateTimeOffset now = time.GetUtcNow();
        return file.Use(c => c.Query<Row>($"SELECT {Columns} FROM token ORDER BY created_at DESC, id").Select(r => r.ToToken(now)).ToList());
    }

    /// <summary>Ends a token, and the sessions that were begun with it. False if there is none.</summary>
    public bool Delete(string id) => file.Use(c => c.Execute("DELETE FROM token WHERE id = @id", new { id })) > 0;

    private AccessToken Add(string id, string name, Scope scope, DateTimeOffset? expiresAt, string secret)
    {
        var row = new Row
        {
            Id = id,
            Name = name,
            Scope = ScopeText.Of(scope),
            CreatedAt = time.GetUtcNow().ToUnixTimeMilliseconds(),
            ExpiresAt = expiresAt?.ToUnixTimeMilliseconds(),
        };
        file.Use(c =>
        {
            if (c.ExecuteScalar<long>("SELECT COUNT(*) FROM token") >= TokensMax)
                throw new RoleConflictException($"There are {TokensMax} tokens, the most that are kept.", "Delete some first.");
            c.Execute(
                "INSERT INTO token(id, hash, name, scope, created_at, expires_at) VALUES(@Id, @hash, @Name, @Scope, @CreatedAt, @ExpiresAt)",
                new { row.Id, hash = Secret.Hash(secret), row.Name, row.Scope, row.CreatedAt, row.ExpiresAt });
        });
        return row.ToToken(time.GetUtcNow());
    }

    private void NoteUse(AccessToken token)
    {
        DateTimeOffset now = time.GetUtcNow();
        if (_noted.TryGetValue(token.Id, out DateTimeOffset before) && now - before < UseNotedEvery)
            return;
        _noted[token.Id] = now;
        file.Try(c => c.Execute("UPDATE token SET last_used_at = @now WHERE id = @Id", new { now = now.ToUnixTimeMilliseconds(), token.Id }));
    }

    private sealed class Row
    {
        public string Id { get; init; } = "";

        public string Name { get; init; } = "";

        public string Scope { get; init; } = "";

        public long CreatedAt { get; init; }

        public long? ExpiresAt { get; init; }

        public long? LastUsedAt { get; init; }

        public AccessToken ToToken(DateTimeOffset now) => new()
        {
            Id = Id,
            Name = Name,
            Scope = ScopeText.Parse(Scope),
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(CreatedAt),
            ExpiresAt = ExpiresAt is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null,
            LastUsedAt = LastUsedAt is { } used ? DateTimeOffset.FromUnixTimeMilliseconds(used) : null,
            IsExpired = ExpiresAt is { } end && end <= now.ToUnixTimeMilliseconds(),
        };
    }
}
