using Microsoft.AspNetCore.Http.HttpResults;
using Sv2.ControlPlane.Security;
using Sv2.Roles;

namespace Sv2.ControlPlane.Api;

/// <summary>A token to be made.</summary>
public sealed record TokenCreation
{
    /// <summary>What it is for, 1 to 60 characters.</summary>
    public required string Name { get; init; }

    /// <summary>What it may be used for: read, operate or admin.</summary>
    public required Scope Scope { get; init; }

    /// <summary>After how many days it ends, 1 to 3650; null for never.</summary>
    public double? ExpiresInDays { get; init; } = 90;
}

/// <summary>A new token, with its secret for this once.</summary>
/// <param name="Token">What to send as <c>Authorization: Bearer</c>. It is not stored and cannot be shown again.</param>
/// <param name="Info">The token.</param>
public sealed record CreatedToken(string Token, AccessToken Info);

/// <summary>Access tokens and the audit log.</summary>
internal static class TokensApi
{
    private const int NameMax = 60;

    private static readonly SortFields<AccessToken> Fields = new SortFields<AccessToken>()
        .By("name", t => t.Name).By("scope", t => t.Scope).By("createdAt", t => t.CreatedAt).By("expiresAt", t => t.ExpiresAt).By("lastUsedAt", t => t.LastUsedAt);

    public static void MapTokens(this RouteGroupBuilder api)
    {
        RouteGroupBuilder access = api.MapGroup("").WithTags("Access").Needs(Scope.Admin);
        access.MapGet("/tokens", ([AsParameters] SortedListParameters part, AccessTokens tokens) =>
                TypedResults.Ok(Page.Of(Fields.Apply(tokens.List(), part.Sort), part.ToQuery(), t => t.Name)))
            .WithName("listTokens").WithSummary("Access tokens, without their secrets.").Fails(StatusCodes.Status400BadRequest);
        access.MapPost("/tokens", Create).WithName("createToken").WithSummary("Makes an access token; its secret is in this answer and nowhere else.")
            .Fails(StatusCodes.Status400BadRequest, StatusCodes.Status409Conflict);
        access.MapDelete("/tokens/{id}", NoContent (string id, AccessTokens tokens) => tokens.Delete(id)
                ? TypedResults.NoContent()
                : throw new RoleNotFoundException(Problems.Shown(id), "token"))
            .WithName("deleteToken").WithSummary("Ends a token, and the sessions that were begun with it.").Fails(StatusCodes.Status404NotFound);
        access.MapGet("/audit", ([AsParameters] ListParameters part, AuditLog audit) => TypedResults.Ok(audit.List(part.ToQuery())))
            .WithName("listAudit").WithSummary("Who changed what, and who tried to; the newest first.").Fails(StatusCodes.Status400BadRequest);
    }

    private static Created<CreatedToken> Create(TokenCreation creation, AccessTokens tokens, TimeProvider time, HttpContext context)
    {
        var problems = new List<ConfigurationProblem>();
        if (creation.Name.Length is 0 or > NameMax || creation.Name.Any(char.IsControl))
            problems.Add(new("name", "is empty, too long or has control characters", $"give 1 to {NameMax} characters"));
        if (creation.Scope == Scope.None)
            problems.Add(new("scope", "'none' opens nothing", "choose read, operate or admin"));
        if (creation.ExpiresInDays is { } days and not (>= 1 and <= 3650))
            problems.Add(new("expiresInDays", $"{days} is outside the limits", "choose 1 to 3650, or null for never"));
        if (problems.Count > 0)
            throw new ConfigurationException(problems);
        (AccessToken token, string secret) = tokens.Create(creation.Name, creation.Scope, creation.ExpiresInDays is { } life ? time.GetUtcNow().AddDays(life) : null);
        context.AuditTarget(creation.Name);
        context.AuditDetail($"scope {ScopeText.Of(creation.Scope)}, id {token.Id}, {(token.ExpiresAt is { } end ? $"until {end:u}" : "for ever")}");
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Created("/api/v1/tokens", new CreatedToken(secret, token));
    }
}
