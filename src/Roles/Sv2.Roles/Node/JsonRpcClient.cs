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
    /// <returns>The answer, with its <c>result</c>; owned by the caller.</returns>
    /// <exception cref="JsonRpcException">The node answered with an error.</exception>
    /// <exception cref="NodeUnavailableException">The node cannot be reached, refuses us, or does not answer in time or in JSON.</exception>
    public async Task<JsonDocument> CallAsync(string method, JsonArray parameters, TimeSpan timeout, CancellationToken cancellationToken)
    {
        (HttpStatusCode status, byte[] body) = await PostAsync(method, Call(method, parameters), timeout, cancellationToken).ConfigureAwait(false);
        JsonDocument document = Parse(method, status, body);
        try
        {
            Check(method, document.RootElement);
            return document;
        }
        catch
        {
            document.Dispose();
            throw;
        }
    }

    /// <summary>Calls a method many times in one request.</summary>
    /// <param name="method">The method.</param>
    /// <param name="parameters">The parameters of each call.</param>
    /// <param name="read">Reads the result of a call.</param>
    /// <param name="timeout">Longest time for all answers together.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What was read of each call, in their order; default where the node answered that call with an error.</returns>
    /// <exception cref="NodeUnavailableException">As for a single call.</exception>
    public async Task<T?[]> CallBatchAsync<T>(string method, IReadOnlyList<JsonArray> parameters, Func<JsonElement, T> read, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (parameters.Count == 0)
            return [];
        long first = Interlocked.Add(ref _id, parameters.Count) - parameters.Count + 1;
        JsonArray calls = [];
        for (int i = 0; i < parameters.Count; i++)
            calls.Add((JsonNode)Call(method, parameters[i], first + i));
        (HttpStatusCode status, byte[] body) = await PostAsync(method, calls, timeout, cancellationToken).ConfigureAwait(false);
        using JsonDocument document = Parse(method, status, body);
        if (document.RootElement.ValueKind != JsonValueKind.Array)
        {
            Check(method, document.RootElement);
            throw new NodeUnavailableException($"{Name} answered a batch of {method} with a single answer");
        }
        T?[] results = new T?[parameters.Count];
        foreach (JsonElement answer in document.RootElement.EnumerateArray())
        {
            // The order of the answers is the node's own.
            if (answer.ValueKind != JsonValueKind.Object || !answer.TryGetProperty("id", out JsonElement id) || id.ValueKind != JsonValueKind.Number || !id.TryGetInt64(out long number) || number < first || number >= first + results.Length)
                throw new NodeUnavailableException($"{Name} answered a batch of {method} with JSON that is no answer");
            if (answer.TryGetProperty("result", out JsonElement result) && result.ValueKind != JsonValueKind.Null)
                results[number - first] = read(result);
        }
        return results;
    }

    public void Dispose() => _http.Dispose();

    private async Task<(HttpStatusCode Status, byte[] Body)> PostAsync(string method, JsonNode content, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using CancellationTokenSource timeLimit = new(timeout, _timeProvider);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeLimit.Token);
        try
        {
            using HttpRequestMessage request = new(HttpMethod.Post, _url) { Content = JsonContent.Create(content) };
            request.Headers.Authorization = await CredentialsAsync(either.Token).ConfigureAwait(false);
            using HttpResponseMessage response = await _http.SendAsync(request, either.Token).ConfigureAwait(false);
            if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
                throw new NodeUnavailableException(Refusal(response.StatusCode), isLasting: _options.CookieFile is null);
            // Bitcoin Core sends errors of a call with status 500 or 404 and a JSON body, and others with plain text.
            return (response.StatusCode, await response.Content.ReadAsByteArrayAsync(either.Token).ConfigureAwait(false));
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

    private JsonObject Call(string method, JsonArray parameters, long? id = null) => new()
    {
        ["jsonrpc"] = "1.0",
        ["id"] = id ?? Interlocked.Increment(ref _id),
        ["method"] = method,
        ["params"] = parameters,
    };

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

    private JsonDocument Parse(string method, HttpStatusCode status, byte[] body)
    {
        try
        {
            return JsonDocument.Parse(body);
        }
        catch (JsonException)
        {
            throw new NodeUnavailableException(status == HttpStatusCode.OK
                ? $"{Name} answered {method} with something that is not JSON"
                : $"{Name} answered {method} with HTTP status {(int)status}");
        }
    }

    /// <exception cref="JsonRpcException">The answer is an error.</exception>
    /// <exception cref="NodeUnavailableException">It is no answer.</exception>
    private void Check(string method, JsonElement answer)
    {
        if (answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty("error", out JsonElement error) && error.ValueKind == JsonValueKind.Object)
        {
            int code = error.TryGetProperty("code", out JsonElement number) && number.TryGetInt32(out int value) ? value : 0;
            string message = error.TryGetProperty("message", out JsonElement text) ? text.GetString() ?? "" : "";
            throw new JsonRpcException(code, $"{Name} refused {method}: {message} ({code})");
        }
        if (answer.ValueKind != JsonValueKind.Object || !answer.TryGetProperty("result", out _))
            throw new NodeUnavailableException($"{Name} answered {method} with JSON that is no answer");
    }
}
