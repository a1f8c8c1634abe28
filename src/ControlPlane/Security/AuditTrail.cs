using Microsoft.AspNetCore.Routing;
using Microsoft.Data.Sqlite;

namespace Sv2.ControlPlane.Security;

/// <summary>Marks an operation that is no reading by its method, and changes nothing all the same.</summary>
internal sealed record ChangesNothing;

/// <summary>What the audit log will say of a request.</summary>
internal sealed class AuditNote
{
    public required string Operation { get; init; }

    public required Caller Caller { get; init; }

    public required string Remote { get; init; }

    public string Target { get; set; } = "";

    public string Detail { get; set; } = "";
}

/// <summary>
/// Writes every change, and every attempt that was refused, into the audit log, once it is known how it ended. Refusals are
/// bounded, so that nobody can push the real changes out of the log.
/// </summary>
internal sealed partial class AuditTrail(RequestDelegate next, AuditLog log, TimeProvider time, ILogger<AuditTrail> logger)
{
    private const int RefusalsPerMinute = 30;
    private static readonly object Key = new();
    private readonly Lock _gate = new();
    private long _minute;
    private int _refusals;

    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        finally
        {
            if (Of(context) is { } note && (context.Response.StatusCode is not (401 or 403 or 429) || MayTell()))
                Write(note, context.Response.StatusCode);
        }
    }

    /// <summary>What was done is done: where the disk is full, the program's own log tells it.</summary>
    private void Write(AuditNote note, int status)
    {
        try
        {
            log.Write(note.Caller.Name, note.Caller.Via.ToString().ToLowerInvariant(), note.Remote, note.Operation, note.Target, status, note.Detail);
        }
        catch (SqliteException e)
        {
            LogNotWritten(logger, note.Operation, note.Target, note.Caller.Name, status, e.Message);
        }
    }

    [LoggerMessage(LogLevel.Error, "The audit log could not be written: {Operation} {Target} by '{Caller}', status {Status}: {Reason}")]
    private static partial void LogNotWritten(ILogger logger, string operation, string target, string caller, int status, string reason);

    /// <summary>The note of a request; null where it changes nothing.</summary>
    public static AuditNote? Of(HttpContext context) => context.Items.TryGetValue(Key, out object? note) ? (AuditNote)note! : null;

    /// <summary>Begins a note if the request may change something.</summary>
    public static void Begin(HttpContext context, Endpoint endpoint, Caller caller)
    {
        if (Methods.AreSafe(context.Request.Method) || endpoint.Metadata.GetMetadata<ChangesNothing>() is not null)
            return;
        Attach(context, endpoint.Metadata.GetMetadata<IEndpointNameMetadata>()?.EndpointName ?? context.Request.Path.Value ?? "", caller);
        Of(context)!.Target = string.Join('/', context.Request.RouteValues.Values.OfType<string>());
    }

    /// <summary>Begins a note of an operation.</summary>
    public static void Attach(HttpContext context, string operation, Caller caller) => context.Items[Key] = new AuditNote
    {
        Operation = operation,
        Caller = caller,
        Remote = context.Connection.RemoteIpAddress?.ToString() ?? "",
    };

    private bool MayTell()
    {
        long minute = time.GetUtcNow().ToUnixTimeSeconds() / 60;
        lock (_gate)
        {
            if (minute != _minute)
                (_minute, _refusals) = (minute, 0);
            return ++_refusals <= RefusalsPerMinute;
        }
    }
}

/// <summary>What operations add to their note.</summary>
internal static class AuditNotes
{
    /// <summary>Says what a change was done to, where the path does not.</summary>
    public static void AuditTarget(this HttpContext context, string target)
    {
        if (AuditTrail.Of(context) is { } note)
            note.Target = target;
    }

    /// <summary>Says more about a change; never a secret.</summary>
    public static void AuditDetail(this HttpContext context, string detail)
    {
        if (AuditTrail.Of(context) is { } note)
            note.Detail = detail;
    }

    /// <summary>Says of an operation that it changes nothing, whatever its method.</summary>
    public static RouteHandlerBuilder IsNoChange(this RouteHandlerBuilder builder) => builder.WithMetadata(new ChangesNothing());
}

/// <summary>Kinds of HTTP methods.</summary>
internal static class Methods
{
    /// <summary>Whether a method only reads.</summary>
    public static bool AreSafe(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method);
}
