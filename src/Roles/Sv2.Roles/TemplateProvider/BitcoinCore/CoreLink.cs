using System.Text.Json;
using System.Text.Json.Nodes;
using Sv2.Bitcoin;
using Sv2.Roles.Node;
using Sv2.Transport;

namespace Sv2.Roles.TemplateProvider.BitcoinCore;

/// <summary>One node of the list: its calls, and what is known of its state. State is guarded by its own lock.</summary>
internal sealed class CoreLink : IDisposable
{
    private readonly BitcoinCoreOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly JsonRpcClient _rpc;
    private readonly Backoff _backoff;
    private readonly Lock _gate = new();
    private BlockTemplateReader? _reader;
    private UpstreamInfo _state;
    private DateTimeOffset _nextAttempt;

    public CoreLink(RpcNodeOptions node, BitcoinCoreOptions options, TimeProvider timeProvider)
    {
        _options = options;
        _timeProvider = timeProvider;
        _rpc = new JsonRpcClient(node, timeProvider);
        _backoff = new Backoff(options.BackoffMin, options.BackoffMax, timeProvider);
        _state = new UpstreamInfo("bitcoin-rpc", node.Url, UpstreamState.Standby, null, timeProvider.GetUtcNow());
    }

    public string Name => _rpc.Name;

    public UpstreamInfo State
    {
        get
        {
            lock (_gate)
                return _state;
        }
    }

    /// <summary>How long until the node may be tried again; zero or less when it may be now.</summary>
    public TimeSpan UntilNextAttempt
    {
        get
        {
            lock (_gate)
                return _nextAttempt - _timeProvider.GetUtcNow();
        }
    }

    public void Set(UpstreamState state, string? reason = null)
    {
        lock (_gate)
        {
            if (_state.State == state && _state.Reason == reason)
                return;
            _state = _state with { State = state, Reason = reason, Since = state == _state.State ? _state.Since : _timeProvider.GetUtcNow() };
        }
    }

    public void Failed(NodeUnavailableException e)
    {
        lock (_gate)
        {
            if (_state.State == UpstreamState.Connected && _timeProvider.GetUtcNow() - _state.Since >= _backoff.Max)
                _backoff.Reset();
            _nextAttempt = _timeProvider.GetUtcNow() + (e.IsLasting ? _backoff.Max : _backoff.Next());
        }
        Set(e.IsLasting ? UpstreamState.Failed : UpstreamState.BackingOff, e.Message);
    }

    /// <summary>Asks whether the node can be mined on, and for its template.</summary>
    /// <exception cref="NodeUnavailableException">It cannot.</exception>
    public async Task<CoreTemplate> OpenAsync(CancellationToken cancellationToken)
    {
        using JsonDocument answer = await CallAsync("getblockchaininfo", [], _options.RequestTimeout, cancellationToken).ConfigureAwait(false);
        JsonElement info = answer.RootElement.GetProperty("result");
        string chain = info.TryGetProperty("chain", out JsonElement name) ? name.GetString() ?? "" : "";
        if (_options.Chain is { } wanted && !string.Equals(wanted, chain, StringComparison.OrdinalIgnoreCase))
            throw new NodeUnavailableException($"it is on chain {chain}, wanted is {wanted}", isLasting: true);
        if (_options.RefuseInitialBlockDownload && info.TryGetProperty("initialblockdownload", out JsonElement downloading) && downloading.ValueKind == JsonValueKind.True)
            throw new NodeUnavailableException($"it is still downloading the chain ({Progress(info)}); blocks mined on its tip would be worthless");
        _reader = new BlockTemplateReader(Network.TryGet(chain, out Network? network) ? network : null, _timeProvider);
        return await GetTemplateAsync(null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Fetches the template; with a long-poll id, waits until there is another one.</summary>
    /// <returns>The template, or null when the long poll ended without one.</returns>
    /// <exception cref="NodeUnavailableException">The node cannot be mined on.</exception>
    public async Task<CoreTemplate> GetTemplateAsync(string? longPollId, CancellationToken cancellationToken)
    {
        JsonObject request = new() { ["rules"] = new JsonArray("segwit") };
        if (longPollId is not null)
            request["longpollid"] = longPollId;
        TimeSpan timeout = longPollId is null ? _options.RequestTimeout : _options.LongPollTimeout;
        using JsonDocument answer = await CallAsync("getblocktemplate", [request], timeout, cancellationToken).ConfigureAwait(false);
        BlockTemplateReader reader = _reader!;
        lock (reader)
            return reader.Read(answer.RootElement.GetProperty("result"));
    }

    /// <summary>Submits a block.</summary>
    /// <returns>The node's judgement.</returns>
    /// <exception cref="NodeUnavailableException">The node has not judged.</exception>
    public async Task<BlockVerdict> SubmitBlockAsync(ReadOnlyMemory<byte> block, CancellationToken cancellationToken)
    {
        try
        {
            using JsonDocument answer = await _rpc.CallAsync("submitblock", [Convert.ToHexStringLower(block.Span)], _options.RequestTimeout, cancellationToken).ConfigureAwait(false);
            JsonElement result = answer.RootElement.GetProperty("result");
            return result.ValueKind == JsonValueKind.String ? Verdict(result.GetString() ?? "") : BlockVerdict.Accepted;
        }
        catch (JsonRpcException e) when (e.Code == JsonRpcException.DeserializationError)
        {
            return BlockVerdict.Rejected("decode-failed", e.Message);
        }
        catch (JsonRpcException e)
        {
            throw new NodeUnavailableException(e.Message);
        }
    }

    public void Dispose() => _rpc.Dispose();

    /// <summary>The words of BIP 22, as Bitcoin Core uses them.</summary>
    private static BlockVerdict Verdict(string word) => word switch
    {
        "duplicate" => BlockVerdict.Duplicate,
        "inconclusive" or "duplicate-inconclusive" => BlockVerdict.SideBranch,
        _ => BlockVerdict.Rejected(word, $"the node refused the block: {word}"),
    };

    private static string Progress(JsonElement info)
    {
        string blocks = info.TryGetProperty("blocks", out JsonElement have) ? have.ToString() : "?";
        string headers = info.TryGetProperty("headers", out JsonElement all) ? all.ToString() : "?";
        return $"block {blocks} of {headers}";
    }

    private async Task<JsonDocument> CallAsync(string method, JsonArray parameters, TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            return await _rpc.CallAsync(method, parameters, timeout, cancellationToken).ConfigureAwait(false);
        }
        catch (JsonRpcException e)
        {
            // Warming up, not connected to the network, still downloading: it says so in its own words.
            throw new NodeUnavailableException(e.Message);
        }
    }
}
