using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sv2.Roles.Node;

/// <summary>Calls the RPC server of one Bitcoin Core node. Thread-safe.</summary>
internal sealed class JsonRpcClient : IDisposable
{
    // A block template of 4 MB of transactions is some 9 MB of JSON.
    private const int ResponseBytesMax = 64 * 1024 * 1024;

    private readonly RpcNodeOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly HttpClient _http;
    private readonly Uri _url;
    private long _id;

    public JsonRpcClient(RpcNodeOptions options, TimeProvider timeProvider)
    {
        _options = options;
        _timeProvider = timeProvider;
        _url = new Uri(options.Url);
        SocketsHttpHandler handler = new()
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(20),
            UseProxy = false,
        };
        // Time limits are ours, by the role's clock.
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = ResponseBytesMax };
    }

    /// <summary>The node's address for people, without credentials.</summary>
    public string Name => $"{_url.Host}:{_url.Port}";

    /// <summary>Calls a method.</summary>
    /// <returns>The result, owned by the caller.</returns>
    /// <exception cref="JsonRpcException">The node answered with an error.</exception>
    /// <exception cref="NodeUnavailableException">The node cannot be reached, refuses us, or does not answer in time or in JSON.</exception>
    public async Task<JsonDocument> CallAsync(string method, JsonArray parameters, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using CancellationTokenSource timeLimit = new(timeout, _timeProvider);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeLimit.Token);
        try
        {
            using HttpResponseMessage response = await SendAsync(method, parameters, either.Token).ConfigureAwait(false);
            if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
                throw new NodeUnavailableException(Refusal(response.StatusCode), isLasting: _options.CookieFile is null);
            // Bitcoin Core sends errors of a call with status 500 or 404 and a JSON body, and others with plain text.
            byte[] body = await response.Content.ReadAsByteArrayAsync(either.Token).ConfigureAwait(false);
            return Result(method, response.StatusCode, body);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new NodeUnavailableException($"{Name} did not answer {method} within {timeout.TotalSeconds} s");
        }
        catch (HttpRequestException e)
        {
            throw new NodeUnavailableException(e.InnerException is System.Net.Sockets.SocketException { SocketErrorCode: System.Net.Sockets.SocketError.ConnectionRefused }
                ? $"nothing listens at {Name}"
                : $"{Name} cannot be reached: {e.Message}");
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> SendAsync(string method, JsonArray parameters, CancellationToken cancellationToken)
    {
        JsonObject call = new()
        {
            ["jsonrpc"] = "1.0",
            ["id"] = Interlocked.Increment(ref _id),
            ["method"] = method,
            ["params"] = parameters,
        };
        using HttpRequestMessage request = new(HttpMethod.Post, _url) { Content = JsonContent.Create(call) };
        request.Headers.Authorization = await CredentialsAsync(cancellationToken).ConfigureAwait(false);
        return await _http.SendAsync(request, cancellationToken).ConfigureAwait(false);
    }

    private async Task<AuthenticationHeaderValue> CredentialsAsync(CancellationToken cancellationToken)
    {
        string credentials = $"{_options.User}:{_options.Password}";
        if (_options.CookieFile is { } path)
        {
            try
            {
                credentials = (await File.ReadAllTextAsync(path, cancellationToken).ConfigureAwait(false)).Trim();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new NodeUnavailableException($"the cookie file {path} cannot be read: {e.Message} (is the node running, and may this user read its files?)");
            }
        }
        return new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials)));
    }

    private string Refusal(HttpStatusCode status) => status == HttpStatusCode.Forbidden
        ? $"{Name} refuses this address (rpcallowip)"
        : _options.CookieFile is null ? $"{Name} refuses the user and password" : $"{Name} refuses the cookie of {_options.CookieFile}";

    private JsonDocument Result(string method, HttpStatusCode status, byte[] body)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(body);
        }
        catch (JsonException)
        {
            throw new NodeUnavailableException(status == HttpStatusCode.OK
                ? $"{Name} answered {method} with something that is not JSON"
                : $"{Name} answered {method} with HTTP status {(int)status}");
        }
        if (document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("error", out JsonElement error) && error.ValueKind == JsonValueKind.Object)
        {
            int code = error.TryGetProperty("code", out JsonElement number) && number.TryGetInt32(out int value) ? value : 0;
            string message = error.TryGetProperty("message", out JsonElement text) ? text.GetString() ?? "" : "";
            document.Dispose();
            throw new JsonRpcException(code, $"{Name} refused {method}: {message} ({code})");
        }
        if (document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("result", out _))
            return document;
        document.Dispose();
        throw new NodeUnavailableException($"{Name} answered {method} with JSON that is no answer");
    }
}
