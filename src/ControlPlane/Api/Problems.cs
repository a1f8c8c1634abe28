using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;
using Sv2.Roles;

namespace Sv2.ControlPlane.Api;

/// <summary>Errors as problem+json (RFC 9457), in words for whoever made the request.</summary>
internal static class Problems
{
    private const int ShownMax = 100;

    /// <summary>A text of a request as far as it is worth repeating.</summary>
    public static string Shown(string text) => text.Length <= ShownMax ? text : text[..ShownMax];

    /// <summary>Writes a problem as the answer.</summary>
    public static Task WriteAsync(HttpContext context, int status, string title, string detail, IReadOnlyList<ConfigurationProblem>? errors = null)
    {
        var problem = new ProblemDetails { Status = status, Title = title, Detail = detail, Instance = context.Request.Path };
        if (errors is not null)
            problem.Extensions["errors"] = errors;
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(problem, options: null, "application/problem+json", context.RequestAborted);
    }
}

/// <summary>Turns what the host throws into problems. Only what nobody foresaw is a 500, without details: those are in the log.</summary>
internal sealed partial class ProblemHandler(ILogger<ProblemHandler> log) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is OperationCanceledException && context.RequestAborted.IsCancellationRequested)
            return true;
        (int status, string title, string detail, IReadOnlyList<ConfigurationProblem>? errors) = exception switch
        {
            ConfigurationException e => (StatusCodes.Status400BadRequest, "Wrong configuration", e.Message, e.Problems),
            RoleNotFoundException e => (StatusCodes.Status404NotFound, "Not found", e.Message, null),
            RoleConflictException e => (StatusCodes.Status409Conflict, "Conflict", Join(e), null),
            RoleException e => (StatusCodes.Status422UnprocessableEntity, "Not possible", Join(e), null),
            BadHttpRequestException e => (e.StatusCode, "Bad request", e.InnerException is System.Text.Json.JsonException json ? $"The body cannot be read: {json.Message}" : e.Message, (IReadOnlyList<ConfigurationProblem>?)null),
            _ => (StatusCodes.Status500InternalServerError, "Internal error", "Something went wrong here; the log has the details.", null),
        };
        // The framework logs nothing of what is handled.
        if (status == StatusCodes.Status500InternalServerError)
            LogUnforeseen(log, context.Request.Method, context.Request.Path, exception);
        await Problems.WriteAsync(context, status, title, detail, errors);
        return true;
    }

    [LoggerMessage(LogLevel.Error, "{Method} {Path} failed")]
    private static partial void LogUnforeseen(ILogger log, string method, string path, Exception e);

    private static string Join(RoleException e) => e.Fix is null ? e.Message : $"{e.Message} {e.Fix}";
}
