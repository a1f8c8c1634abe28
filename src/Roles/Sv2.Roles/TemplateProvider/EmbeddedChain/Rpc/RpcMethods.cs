using System.Text.Json.Nodes;
using Sv2.Bitcoin;
using Sv2.Protocol;

namespace Sv2.Roles.TemplateProvider.EmbeddedChain.Rpc;

/// <summary>The calls of Bitcoin Core that the embedded chain answers, with their parameters, results and error codes.</summary>
internal sealed class RpcMethods(EmbeddedNode node, TimeProvider timeProvider)
{
    /// <summary>After this time a long poll is also answered when only transactions have come.</summary>
    private static readonly TimeSpan LongPollPatience = TimeSpan.FromMinutes(1);

    public async Task<JsonNode?> CallAsync(string method, RpcParameters parameters, CancellationToken cancellationToken) => method switch
    {
        "getblockchaininfo" => BlockchainInfo(),
        "getbestblockhash" => View().TipHash.ToDisplayString(),
        "getblockcount" => View().Height - 1,
        "getblockhash" => BlockHash(parameters.Number(0)),
        "getblock" => RawBlock(parameters),
        "getblocktemplate" => await BlockTemplateAsync(parameters.Object(0), cancellationToken).ConfigureAwait(false),
        "submitblock" => SubmitBlock(parameters.Bytes(0, "Block")),
        "getrawmempool" => RawMempool(parameters.Flag(0)),
        "getrawtransaction" => RawTransaction(parameters),
        "sendrawtransaction" => SendRawTransaction(parameters.Bytes(0, "TX")),
        _ => throw new RpcFault(RpcFault.MethodNotFound, "Method not found"),
    };

    private NodeView View() => node.CurrentView() ?? throw new RpcFault(RpcFault.Misc, "the embedded chain is not open");

    private JsonObject BlockchainInfo()
    {
        NodeView view = View();
        return new JsonObject
        {
            ["chain"] = Network.Regtest.Name,
            ["blocks"] = view.Height - 1,
            ["headers"] = view.Height - 1,
            ["bestblockhash"] = view.TipHash.ToDisplayString(),
            ["difficulty"] = Target.Difficulty(new CompactTarget(view.NBits).ToTarget()),
            ["mediantime"] = view.MinTime - 1,
            ["verificationprogress"] = 1,
            ["initialblockdownload"] = false,
            ["pruned"] = false,
            ["warnings"] = new JsonArray(),
        };
    }

    private string BlockHash(int height) => node.BlockHash(height)?.ToDisplayString() ?? throw new RpcFault(RpcFault.InvalidParameter, "Block height out of range");

    private string RawBlock(RpcParameters parameters)
    {
        byte[] block = node.ReadBlock(parameters.Hash(0)) ?? throw new RpcFault(RpcFault.InvalidAddressOrKey, "Block not found");
        return parameters.Number(1) == 0
            ? Convert.ToHexStringLower(block)
            : throw new RpcFault(RpcFault.InvalidParameter, "the embedded chain gives blocks in hexadecimal only (verbosity 0)");
    }

    private async Task<JsonNode?> BlockTemplateAsync(JsonObject? request, CancellationToken cancellationToken)
    {
        string mode = (string?)request?["mode"] ?? "template";
        if (mode == "proposal")
            return Propose(RpcParameters.Of(new JsonArray(request!["data"]?.DeepClone())).Bytes(0, "Block"));
        if (mode != "template")
            throw new RpcFault(RpcFault.InvalidParameter, "Invalid mode");
        if (request?["rules"] is not JsonArray rules || !rules.Any(rule => (string?)rule == "segwit"))
            throw new RpcFault(RpcFault.InvalidParameter, "getblocktemplate must be called with the segwit rule set (call with {\"rules\": [\"segwit\"]})");
        if ((string?)request["longpollid"] is { } last)
            await WaitForChangeAsync(last, cancellationToken).ConfigureAwait(false);
        return RpcTemplate.Of(View(), timeProvider.GetUtcNow());
    }

    private async Task WaitForChangeAsync(string last, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task tipChanged = node.TipChanged;
            NodeView view = View();
            if (!last.StartsWith(view.TipHash.ToDisplayString(), StringComparison.Ordinal))
                return;
            using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(tipChanged, Task.Delay(LongPollPatience, timeProvider, ending.Token)).ConfigureAwait(false);
            await ending.CancelAsync().ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            if (last != RpcTemplate.LongPollId(View()))
                return;
        }
    }

    private string? Propose(byte[] block)
    {
        BlockVerdict? verdict = node.Propose(block);
        return verdict is { Code: "block-malformed" } ? throw new RpcFault(RpcFault.Deserialization, "Block decode failed") : verdict?.Code;
    }

    private string? SubmitBlock(byte[] block)
    {
        BlockVerdict verdict = node.SubmitBlock(block);
        return verdict.Code switch
        {
            "" => null,
            "block-malformed" => throw new RpcFault(RpcFault.Deserialization, "Block decode failed"),
            _ => verdict.Code,
        };
    }

    private JsonNode RawMempool(bool verbose)
    {
        if (!verbose)
            return new JsonArray([.. View().Candidates.Select(candidate => (JsonNode)candidate.Txid.ToDisplayString())]);
        JsonObject entries = [];
        foreach (CandidateTransaction candidate in View().Candidates)
            entries[candidate.Txid.ToDisplayString()] = new JsonObject
            {
                ["vsize"] = (candidate.Weight + 3) / 4,
                ["weight"] = candidate.Weight,
                ["wtxid"] = candidate.Wtxid.ToDisplayString(),
                ["fees"] = new JsonObject { ["base"] = candidate.Fee / (decimal)TxOutput.SatoshisPerBitcoin },
            };
        return entries;
    }

    private JsonNode RawTransaction(RpcParameters parameters)
    {
        Transaction transaction = node.FindTransaction(parameters.Hash(0))
            ?? throw new RpcFault(RpcFault.InvalidAddressOrKey, "No such mempool transaction. The embedded chain keeps no index of confirmed ones.");
        string hex = Convert.ToHexStringLower(transaction.ToBytes());
        if (!parameters.Flag(1))
            return hex;
        return new JsonObject
        {
            ["txid"] = transaction.Txid.ToDisplayString(),
            ["hash"] = transaction.Wtxid.ToDisplayString(),
            ["size"] = transaction.Size,
            ["weight"] = transaction.Weight,
            ["hex"] = hex,
        };
    }

    private string SendRawTransaction(byte[] bytes)
    {
        if (!Transaction.TryParse(bytes, out Transaction? transaction, out _))
            throw new RpcFault(RpcFault.Deserialization, "TX decode failed. Make sure the tx has at least one input.");
        return node.SubmitTransaction(transaction) is { } fault
            ? throw new RpcFault(RpcFault.VerifyRejected, fault)
            : transaction.Txid.ToDisplayString();
    }
}
