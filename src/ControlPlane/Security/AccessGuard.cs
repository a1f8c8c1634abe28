using Sv2.ControlPlane.Api;

namespace Sv2.ControlPlane.Security;

/// <summary>
/// Finds out who sent a request, and whether they may do what it asks. A request that rides on a browser's cookie and
/// changes something must also show the session's CSRF token, which no page of another origin can read.
/// </summary>
internal sealed class AccessGuard(RequestDelegate next, ControlPlaneOptions options, AccessTokens tokens, Sessions sessions, SignInFailures failures)
{
    /// <summary>The header that carries the CSRF token.</summary>
    public const string CsrfHeader = "X-CSRF-Token";

    private const string Scheme = "Bearer ";
    private static readonly PathString Documentation = "/swagger";
    private static readonly AccessRule DocumentationRule = new(Scope.Read, IsFigure: true);

    public Task InvokeAsync(HttpContext context)
    {
        if (RuleOf(context) is not { } rule)
            return next(context); // The pages' own files, and what is not there.
        Scope need = rule.NeedOf(options.AnonymousAccess);
        string? wrong = null;
        Caller caller = BearerOf(context.Request) is { } bearer ? ByToken(bearer, out wrong) : BySession(context);
        caller.Attach(context);
        if (context.GetEndpoint() is { } endpoint)
            AuditTrail.Begin(context, endpoint, caller);

        // Who shows something wrong is told, also where nothing would have been needed but a look at figures.
        if (wrong is not null && rule.Scope > Scope.None)
            return RefuseTokenAsync(context, wrong);
        if (caller.Scope < need)
            return RefuseScopeAsync(context, caller, need);
        if (caller.Via == CallerVia.Session && rule.Scope > Scope.None && !Methods.AreSafe(context.Request.Method) && !ShowsCsrfToken(context.Request, caller))
            return Problems.WriteAsync(context, StatusCodes.Status403Forbidden, "CSRF token needed", $"Send the header {CsrfHeader} with the csrfToken of GET /api/v1/session.");
        return next(context);
    }

    /// <summary>What a request needs; null where nobody is asked.</summary>
    private static AccessRule? RuleOf(HttpContext context) => context.GetEndpoint() is { } endpoint
        ? endpoint.Metadata.GetMetadata<AccessRule>() ?? AccessRule.Strictest
        : context.Request.Path.StartsWithSegments(Documentation) ? DocumentationRule : null;

    private static string? BearerOf(HttpRequest request) =>
        request.Headers.Authorization is [{ } header] && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? header[Scheme.Length..].Trim() : null;

    private Caller ByToken(string bearer, out string? wrong)
    {
        AccessToken? token = tokens.Find(bearer);
        wrong = token is null ? "This token is not known here."
            : token.IsExpired ? $"This token has expired at {token.ExpiresAt:u}."
            : null;
        return wrong is null ? new Caller(token!.Name, token.Scope, CallerVia.Token, ExpiresAt: token.ExpiresAt) : Caller.Nobody;
    }

    private Caller BySession(HttpContext context) =>
        SessionCookie.Read(context) is { Length: > 0 } cookie && sessions.Find(cookie) is { } caller ? caller : Caller.Nobody;

    private static bool ShowsCsrfToken(HttpRequest request, Caller caller) =>
        request.Headers[CsrfHeader] is [{ } shown] && Secret.AreEqual(shown, caller.CsrfToken!);

    private Task RefuseTokenAsync(HttpContext context, string wrong)
    {
        context.Response.Headers.WWWAuthenticate = "Bearer error=\"invalid_token\"";
        if (!failures.Note(context.Connection.RemoteIpAddress))
            return Problems.WriteAsync(context, StatusCodes.Status401Unauthorized, "Wrong token", wrong);
        context.Response.Headers.RetryAfter = "60";
        return Problems.WriteAsync(context, StatusCodes.Status429TooManyRequests, "Too many wrong tokens", "Wait a minute.");
    }

    private static Task RefuseScopeAsync(HttpContext context, Caller caller, Scope need)
    {
        string scope = ScopeText.Of(need);
        if (caller.Via == CallerVia.Anonymous)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            return Problems.WriteAsync(context, StatusCodes.Status401Unauthorized, "Not signed in", $"This needs the scope {scope}: send 'Authorization: Bearer TOKEN', or sign in on the page. 'sv2 link' gives a link that signs in.");
        }

        context.Response.Headers.WWWAuthenticate = $"Bearer error=\"insufficient_scope\", scope=\"{scope}\"";
        return Problems.WriteAsync(context, StatusCodes.Status403Forbidden, "Not permitted", $"This needs the scope {scope}; '{caller.Name}' has {ScopeText.Of(caller.Scope)}.");
    }
}
