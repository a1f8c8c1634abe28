using Microsoft.AspNetCore.Http.HttpResults;
using Sv2.ControlPlane.Security;
using Sv2.Roles;

namespace Sv2.ControlPlane.Api;

/// <summary>Who the caller is.</summary>
public sealed record SessionView
{
    /// <summary>Whether the caller has shown who they are.</summary>
    public required bool Authenticated { get; init; }

    /// <summary>The name of the token or of the session; empty for somebody who has not signed in.</summary>
    public required string Name { get; init; }

    /// <summary>What the caller may do.</summary>
    public required Scope Scope { get; init; }

    /// <summary>How they showed who they are.</summary>
    public required CallerVia Via { get; init; }

    /// <summary>What a request that changes something must send in the header X-CSRF-Token beside the cookie; null without a session.</summary>
    public string? CsrfToken { get; init; }

    /// <summary>Until when; null for ever.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>What those who have not signed in may do here.</summary>
    public required AnonymousAccess Anonymous { get; init; }

    internal static SessionView Of(Caller caller, ControlPlaneOptions options) => new()
    {
        Authenticated = caller.Via != CallerVia.Anonymous,
        Name = caller.Name,
        Scope = caller.Scope,
        Via = caller.Via,
        CsrfToken = caller.CsrfToken,
        ExpiresAt = caller.ExpiresAt,
        Anonymous = options.AnonymousAccess,
    };
}

/// <summary>A token to sign in with.</summary>
/// <param name="Token">The token.</param>
public sealed record SignIn(string Token);

/// <summary>Signing in and out, and the sessions there are.</summary>
internal static class SessionApi
{
    private const string LinkName = "sign-in link";

    public static void MapSession(this RouteGroupBuilder api)
    {
        RouteGroupBuilder session = api.MapGroup("").WithTags("Access");
        session.MapGet("/session", (HttpContext context, ControlPlaneOptions options) => TypedResults.Ok(SessionView.Of(Caller.Of(context), options)))
            .WithName("getSession").WithSummary("Who the caller is, and what they may do.").IsOpen();
        session.MapPost("/session", SignIn).WithName("signIn").WithSummary("Begins a session with a token; the answer sets the cookie.")
            .IsOpen().Fails(StatusCodes.Status400BadRequest, StatusCodes.Status401Unauthorized, StatusCodes.Status429TooManyRequests);
        session.MapDelete("/session", SignOut).WithName("signOut").WithSummary("Ends the session of the cookie.").Needs(Scope.Read);
        session.MapGet("/sessions", (HttpContext context, Sessions sessions) => TypedResults.Ok(sessions.List(Caller.Of(context).SessionId)))
            .WithName("listSessions").WithSummary("Browsers that are signed in.").Needs(Scope.Admin);
        session.MapDelete("/sessions/{id}", NoContent (string id, Sessions sessions) => sessions.End(id)
                ? TypedResults.NoContent()
                : throw new RoleNotFoundException(Problems.Shown(id), "session"))
            .WithName("endSession").WithSummary("Signs a browser out.").Needs(Scope.Admin).Fails(StatusCodes.Status404NotFound);
    }

    /// <summary>The link that a start prints: its code begins a session, once.</summary>
    public static void MapSignInLink(this IEndpointRouteBuilder app) =>
        app.MapGet("/signin", Follow).ExcludeFromDescription().IsOpen();

    private static IResult Follow(string? code, HttpContext context, SignInCodes codes, Sessions sessions, ControlPlaneOptions options)
    {
        context.Response.Headers.CacheControl = "no-store";
        // Opened again, as browsers do at their start: whoever is in stays in.
        if (Caller.Of(context).Via == CallerVia.Session)
            return Results.Redirect("/");
        if (string.IsNullOrEmpty(code) || !codes.Redeem(code))
            return Results.Redirect("/?signin=failed");
        (Caller caller, string secret) = sessions.Begin(LinkName, Scope.Admin, null, Remote(context));
        AuditTrail.Attach(context, "signIn", caller);
        SessionCookie.Write(context, secret, options.Sessions.Lifetime);
        return Results.Redirect("/");
    }

    private static Results<Ok<SessionView>, ProblemHttpResult> SignIn(SignIn request, HttpContext context, AccessTokens tokens, Sessions sessions, SignInFailures failures, ControlPlaneOptions options)
    {
        AccessToken? token = tokens.Find(request.Token.Trim());
        if (token is null or { IsExpired: true })
        {
            bool tooMany = failures.Note(context.Connection.RemoteIpAddress);
            if (tooMany)
                context.Response.Headers.RetryAfter = "60";
            return TypedResults.Problem(
                token is null ? "This token is not known here." : $"This token has expired at {token.ExpiresAt:u}.",
                context.Request.Path,
                tooMany ? StatusCodes.Status429TooManyRequests : StatusCodes.Status401Unauthorized,
                tooMany ? "Too many wrong tokens" : "Wrong token");
        }

        (Caller caller, string secret) = sessions.Begin(token.Name, token.Scope, token, Remote(context));
        context.AuditTarget(token.Name);
        SessionCookie.Write(context, secret, options.Sessions.Lifetime);
        return TypedResults.Ok(SessionView.Of(caller, options));
    }

    private static NoContent SignOut(HttpContext context, Sessions sessions)
    {
        if (Caller.Of(context).SessionId is { } id)
            sessions.End(id);
        SessionCookie.Clear(context);
        return TypedResults.NoContent();
    }

    private static string Remote(HttpContext context) => context.Connection.RemoteIpAddress?.ToString() ?? "";
}
