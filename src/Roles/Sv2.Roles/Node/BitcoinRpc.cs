using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sv2.Protocol;

namespace Sv2.Roles.Node;

/// <summary>The calls of a Bitcoin node that a declarator server needs, with their answers read. Thread-safe.</summary>
internal sealed class BitcoinRpc : IDisposable
{
    private readonly JsonRpcClient _client;
    private readonly TimeSpan _timeout;

    /// <param name="node">The node.</param>
    /// <param name="timeout">Longest time for an answer to an ordinary call.</param>
    /// <param name="timeProvider">The clock.</param>
    public BitcoinRpc(RpcNodeOptions node, TimeSpan timeout, TimeProvider timeProvider)
    {
        _client = new JsonRpcClient(node, timeProvider);
        _timeout = timeout;
    }

    /// <summary>The node's address for people, without credentials.</summary>
    public string Name => _client.Name;

    /// <summary>Asks whether the node can be relied on.</summary>
    /// <param name="chain">The chain it must be on; null for any.</param>
    /// <param name="refuseInitialBlockDownload">Whether one that still downloads the chain is refused.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="NodeUnavailableException">It cannot.</exception>
    public async Task CheckAsync(string? chain, bool refuseInitialBlockDownload, CancellationToken cancellationToken)
    {
        using JsonDocument answer = await CallAsync("getblockchaininfo", [], _timeout, cancellationToken).ConfigureAwait(false);
        JsonElement info = answer.RootElement.GetProperty("result");
        string found = info.TryGetProperty("chain", out JsonElement name) ? name.GetString() ?? "" : "";
        if (chain is not null && !string.Equals(chain, found, StringComparison.OrdinalIgnoreCase))
            throw new NodeUnavailableException($"it is on chain {found}, wanted is {chain}", isLasting: true);
        if (refuseInitialBlockDownload && info.TryGetProperty("initialblockdownload", out JsonElement downloading) && downloading.ValueKind == JsonValueKind.True)
            throw new NodeUnavailableException("it is still downloading the chain");
    }

    /// <summary>Fetches what the node would mine; with a long-poll id, waits until that is something else.</summary>
    /// <param name="longPollId">The id of the last answer; null to be answered at once.</param>
    /// <param name="timeout">Longest wait; null for that of an ordinary call.</param>
    /// <param name="isKnown">Whether the bytes of a transaction, by its wtxid, need not be read again.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="NodeUnavailableException">There is no answer that could be read.</exception>
    public async Task<NodeTemplate> GetTemplateAsync(string? longPollId, TimeSpan? timeout, Func<U256, bool> isKnown, CancellationToken cancellationToken)
    {
        JsonObject request = new() { ["rules"] = new JsonArray("segwit") };
        if (longPollId is not null)
            request["longpollid"] = longPollId;
        using JsonDocument answer = await CallAsync("getblocktemplate", [request], timeout ?? _timeout, cancellationToken).ConfigureAwait(false);
        JsonElement template = answer.RootElement.GetProperty("result");
        return Read("getblocktemplate", () => new NodeTemplate(ReadTip(template), template.GetProperty("longpollid").GetString() ?? "", ReadTransactions(template, isKnown)));
    }

    /// <summary>The txids of all transactions that wait for a block.</summary>
    /// <exception cref="NodeUnavailableException">There is no answer that could be read.</exception>
    public async Task<IReadOnlyList<U256>> GetMempoolAsync(CancellationToken cancellationToken)
    {
        using JsonDocument answer = await CallAsync("getrawmempool", [], _timeout, cancellationToken).ConfigureAwait(false);
        JsonElement txids = answer.RootElement.GetProperty("result");
        return Read("getrawmempool", () => txids.EnumerateArray().Select(txid => U256.FromDisplayHex(txid.GetString() ?? "")).ToArray());
    }

    /// <summary>Fetches waiting transactions.</summary>
    /// <param name="txids">Which.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Their bytes, in this order; null for those that are gone.</returns>
    /// <exception cref="NodeUnavailableException">There is no answer that could be read.</exception>
    public Task<byte[]?[]> GetTransactionsAsync(IReadOnlyList<U256> txids, CancellationToken cancellationToken) =>
        _client.CallBatchAsync(
            "getrawtransaction",
            [.. txids.Select(txid => new JsonArray(txid.ToDisplayString(), false))],
            result => Read("getrawtransaction", () => Convert.FromHexString(result.GetString() ?? "")),
            _timeout,
            cancellationToken);

    /// <summary>Has the node judge a block that is still to be mined (BIP 23).</summary>
    /// <param name="block">The block.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The rule it breaks, in the node's word; null when it is good.</returns>
    /// <exception cref="NodeUnavailableException">The node has not judged.</exception>
    public Task<string?> ProposeAsync(ReadOnlyMemory<byte> block, CancellationToken cancellationToken) =>
        JudgeAsync("getblocktemplate", [new JsonObject { ["mode"] = "proposal", ["data"] = Convert.ToHexStringLower(block.Span) }], cancellationToken);

    /// <summary>Submits a block.</summary>
    /// <param name="block">The block.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Why it was not taken as the new tip, in the node's word; null when it was.</returns>
    /// <exception cref="NodeUnavailableException">The node has not judged.</exception>
    public Task<string?> SubmitAsync(ReadOnlyMemory<byte> block, CancellationToken cancellationToken) =>
        JudgeAsync("submitblock", [Convert.ToHexStringLower(block.Span)], cancellationToken);

    public void Dispose() => _client.Dispose();

    private static NodeTip ReadTip(JsonElement template) => new()
    {
        Hash = U256.FromDisplayHex(template.GetProperty("previousblockhash").GetString() ?? ""),
        NextHeight = template.GetProperty("height").GetInt32(),
        NBits = uint.Parse(template.GetProperty("bits").GetString() ?? "", NumberStyles.HexNumber, CultureInfo.InvariantCulture),
        MinTime = template.GetProperty("mintime").GetUInt32(),
        CurrentTime = template.GetProperty("curtime").GetUInt32(),
        JudgesProposals = template.TryGetProperty("capabilities", out JsonElement capabilities)
            && capabilities.EnumerateArray().Any(capability => capability.GetString() == "proposal"),
    };

    private static List<NodeTransaction> ReadTransactions(JsonElement template, Func<U256, bool> isKnown)
    {
        List<NodeTransaction> transactions = [];
        foreach (JsonElement transaction in template.GetProperty("transactions").EnumerateArray())
        {
            if (isKnown(U256.FromDisplayHex(transaction.GetProperty("hash").GetString() ?? "")))
                continue;
            U256 txid = U256.FromDisplayHex(transaction.GetProperty("txid").GetString() ?? "");
            transactions.Add(new NodeTransaction(txid, Convert.FromHexString(transaction.GetProperty("data").GetString() ?? "")));
        }
        return transactions;
    }

    private async Task<string?> JudgeAsync(string method, JsonArray parameters, CancellationToken cancellationToken)
    {
        try
        {
            using JsonDocument answer = await _client.CallAsync(method, parameters, _timeout, cancellationToken).ConfigureAwait(false);
            JsonElement result = answer.RootElement.GetProperty("result");
            return result.ValueKind == JsonValueKind.String ? result.GetString() : null;
        }
        catch (JsonRpcException e) when (e.Code == JsonRpcException.DeserializationError)
        {
            return "decode-failed";
        }
        catch (JsonRpcException e)
        {
            throw new NodeUnavailableException(e.Message);
        }
    }

    private async Task<JsonDocument> CallAsync(string method, JsonArray parameters, TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            return await _client.CallAsync(method, parameters, timeout, cancellationToken).ConfigureAwait(false);
        }
        catch (JsonRpcException e)
        {
            // Warming up, not connected to the network, still downloading: it says so in its own words.
            throw new NodeUnavailableException(e.Message);
        }
    }

    private T Read<T>(string method, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException or OverflowException or ArgumentException)
        {
            throw new NodeUnavailableException($"the answer of {Name} to {method} cannot be read: {e.Message}");
        }
    }
}
