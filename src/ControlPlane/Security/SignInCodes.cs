using Dapper;
using Sv2.ControlPlane.History;

namespace Sv2.ControlPlane.Security;

/// <summary>One-time codes in links that sign a browser in.</summary>
internal sealed class SignInCodes(SqliteFile file, TimeProvider time)
{
    /// <summary>How long a code can be used.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(12);

    private const int CodesMax = 100;

    /// <summary>Makes a code.</summary>
    public string Create()
    {
        string code = Secret.New();
        DateTimeOffset now = time.GetUtcNow();
        file.Use(c => c.Execute(
            """
            DELETE FROM code WHERE expires_at <= @now;
            DELETE FROM code WHERE hash IN (SELECT hash FROM code ORDER BY expires_at DESC LIMIT -1 OFFSET @most);
            INSERT INTO code VALUES(@hash, @end);
            """,
            new { now = now.ToUnixTimeMilliseconds(), most = CodesMax - 1, hash = Secret.Hash(code), end = (now + Lifetime).ToUnixTimeMilliseconds() }));
        return code;
    }

    /// <summary>Uses a code up; false if there is none such, or its time is over.</summary>
    public bool Redeem(string code) =>
        file.Use(c => c.ExecuteScalar<long?>("DELETE FROM code WHERE hash = @hash RETURNING expires_at", new { hash = Secret.Hash(code) }))
            > time.GetUtcNow().ToUnixTimeMilliseconds();
}
