using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Sv2.Roles.Node;

namespace Sv2.Roles.TemplateProvider.EmbeddedChain.Rpc;

/// <summary>
/// Serves the embedded chain by JSON-RPC as Bitcoin Core serves its own: HTTP on loopback, basic authentication by cookie file,
/// single calls and batches, the same codes.
/// </summary>
internal sealed partial class RpcServer : IAsyncDisposable
{
    // A block of 4 MB in hexadecimal, and as much again for the request around it.
    private const int RequestBytesMax = 16 * 1024 * 1024;
    private const int BatchMax = 10_000;
    private const int ConnectionsMax = 64;

    private readonly RpcMethods _methods;
    private readonly byte[] _authorization;
    private readonly ILogger _logger;
    private readonly WebApplication _app;
    private readonly CancellationTokenSource _stopping = new();

    private RpcServer(RpcMethods methods, string cookie, EmbeddedRpcOptions options, ILogger logger)
    {
        _methods = methods;
        _authorization = Encoding.ASCII.GetBytes("Basic " + Convert.ToBase64String(Encoding.ASCII.GetBytes(cookie)));
        _logger = logger;
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = RequestBytesMax;
            kestrel.Limits.MaxConcurrentConnections = ConnectionsMax;
            kestrel.Listen(options.Listen);
        });
        _app = builder.Build();
        _app.Run(AnswerAsync);
    }

    /// <summary>Where it listens, with the bound port.</summary>
    public string Url { get; private set; } = "";

    /// <exception cref="RoleException">The address or the cookie file cannot be used.</exception>
    public static async Task<RpcServer> StartAsync(EmbeddedRpcOptions options, RpcMethods methods, string directory, ILogger logger, CancellationToken cancellationToken)
    {
        string path = Path.GetFullPath(string.IsNullOrWhiteSpace(options.CookieFile) ? RpcCookie.FileName : options.CookieFile, directory);
        string cookie;
        try
        {
            cookie = RpcCookie.Create(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException("source.embedded.rpc.cookieFile", $"{path} cannot be written: {e.Message}", "choose a folder that exists and can be written", e);
        }
        RpcServer server = new(methods, cookie, options, logger);
        try
        {
            await server._app.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw new ConfigurationException("source.embedded.rpc.listen", $"{options.Listen} cannot be listened on: {e.Message}", "choose another port, or stop the program that uses it", e);
        }
        server.Url = server._app.Urls.First();
        LogServing(logger, server.Url, path);
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        // Long polls end with it; without them nothing takes long.
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
    }

    private async Task AnswerAsync(HttpContext http)
    {
        if (!HttpMethods.IsPost(http.Request.Method))
        {
            http.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            return;
        }
        if (!CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(http.Request.Headers.Authorization.ToString()), _authorization))
        {
            http.Response.StatusCode = StatusCodes.Status401Unauthorized;
            http.Response.Headers.WWWAuthenticate = "Basic realm=\"jsonrpc\"";
            return;
        }
        using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, _stopping.Token);
        try
        {
            await AnswerAsync(http, ending.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            http.Abort();
        }
    }

    private async Task AnswerAsync(HttpContext http, CancellationToken cancellationToken)
    {
        JsonNode? request;
        try
        {
            request = await JsonNode.ParseAsync(http.Request.Body, cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (JsonException)
        {
            await WriteAsync(http, Error(null, new RpcFault(RpcFault.ParseError, "Parse error")), StatusCodes.Status500InternalServerError, cancellationToken).ConfigureAwait(false);
            return;
        }
        if (request is JsonArray batch)
        {
            if (batch.Count > BatchMax)
            {
                RpcFault fault = new(RpcFault.InvalidRequest, $"a batch of {batch.Count} calls exceeds {BatchMax}");
                await WriteAsync(http, Error(null, fault), StatusCodes.Status400BadRequest, cancellationToken).ConfigureAwait(false);
                return;
            }
            JsonArray answers = [];
            foreach (JsonNode? call in batch)
                answers.Add((JsonNode)(await CallAsync(call, cancellationToken).ConfigureAwait(false)).Answer);
            await WriteAsync(http, answers, StatusCodes.Status200OK, cancellationToken).ConfigureAwait(false);
            return;
        }
        (JsonObject answer, int status) = await CallAsync(request, cancellationToken).ConfigureAwait(false);
        await WriteAsync(http, answer, status, cancellationToken).ConfigureAwait(false);
    }

    private async Task<(JsonObject Answer, int Status)> CallAsync(JsonNode? call, CancellationToken cancellationToken)
    {
        JsonNode? id = (call as JsonObject)?["id"];
        try
        {
            if (call is not JsonObject request || request["method"] is not JsonValue name || !name.TryGetValue(out string? method))
                throw new RpcFault(RpcFault.InvalidRequest, "Invalid Request object");
            RpcParameters parameters = RpcParameters.Of(request["params"]);
            JsonNode? result = await _methods.CallAsync(method, parameters, cancellationToken).ConfigureAwait(false);
            return (new JsonObject { ["result"] = result, ["error"] = null, ["id"] = id?.DeepClone() }, StatusCodes.Status200OK);
        }
        catch (RpcFault e)
        {
            // As a server that is asked in the way of JSON-RPC 1.0.
            return (Error(id, e), e.Code switch
            {
                RpcFault.MethodNotFound => StatusCodes.Status404NotFound,
                RpcFault.InvalidRequest => StatusCodes.Status400BadRequest,
                _ => StatusCodes.Status500InternalServerError,
            });
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogFailed(_logger, e);
            return (Error(id, new RpcFault(RpcFault.Misc, e.Message)), StatusCodes.Status500InternalServerError);
        }
    }

    private static JsonObject Error(JsonNode? id, RpcFault fault) => new()
    {
        ["result"] = null,
        ["error"] = new JsonObject { ["code"] = fault.Code, ["message"] = fault.Message },
        ["id"] = id?.DeepClone(),
    };

    private static async Task WriteAsync(HttpContext http, JsonNode answer, int status, CancellationToken cancellationToken)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        Utf8JsonWriter writer = new(http.Response.BodyWriter);
        await using (writer.ConfigureAwait(false))
            answer.WriteTo(writer);
        await http.Response.BodyWriter.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    [LoggerMessage(LogLevel.Information, "The embedded chain answers JSON-RPC at {Url}, cookie in {Path}")]
    private static partial void LogServing(ILogger logger, string url, string path);

    [LoggerMessage(LogLevel.Error, "A JSON-RPC call to the embedded chain failed")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
