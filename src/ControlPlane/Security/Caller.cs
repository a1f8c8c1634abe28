namespace Sv2.ControlPlane.Security;

/// <summary>How somebody showed who they are.</summary>
public enum CallerVia
{
    /// <summary>Not at all.</summary>
    Anonymous,

    /// <summary>By a token in the header Authorization.</summary>
    Token,

    /// <summary>By the cookie of a session.</summary>
    Session,
}

/// <summary>Whoever sent a request.</summary>
/// <param name="Name">The name of the token, or of the session.</param>
/// <param name="Scope">What they may do.</param>
/// <param name="Via">How they showed who they are.</param>
/// <param name="SessionId">The session; null without one.</param>
/// <param name="CsrfToken">What a request that changes something must show beside the cookie; null without a session.</param>
/// <param name="ExpiresAt">Until when; null for ever.</param>
internal sealed record Caller(string Name, Scope Scope, CallerVia Via, string? SessionId = null, string? CsrfToken = null, DateTimeOffset? ExpiresAt = null)
{
    private static readonly object Key = new();

    /// <summary>Somebody who has not signed in.</summary>
    public static readonly Caller Nobody = new("", Scope.None, CallerVia.Anonymous);

    /// <summary>Who sent this request.</summary>
    public static Caller Of(HttpContext context) => context.Items.TryGetValue(Key, out object? caller) ? (Caller)caller! : Nobody;

    /// <summary>Says who sent this request.</summary>
    public void Attach(HttpContext context) => context.Items[Key] = this;
}
