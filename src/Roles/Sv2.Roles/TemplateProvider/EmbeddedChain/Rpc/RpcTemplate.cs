using System.Text.Json.Nodes;
using Sv2.Bitcoin;

namespace Sv2.Roles.TemplateProvider.EmbeddedChain.Rpc;

/// <summary>The answer to <c>getblocktemplate</c> (BIP 22, 23, 145).</summary>
internal static class RpcTemplate
{
    public static string LongPollId(NodeView view) => $"{view.TipHash.ToDisplayString()}{view.Candidates.Count}";

    public static JsonObject Of(NodeView view, DateTimeOffset now)
    {
        CompactTarget target = new(view.NBits);
        return new JsonObject
        {
            ["capabilities"] = new JsonArray("proposal"),
            ["version"] = (int)view.Version,
            ["rules"] = new JsonArray("csv", "!segwit", "taproot"),
            ["vbavailable"] = new JsonObject(),
            ["vbrequired"] = 0,
            ["previousblockhash"] = view.TipHash.ToDisplayString(),
            ["transactions"] = new JsonArray([.. view.Candidates.Select(Transaction)]),
            ["coinbaseaux"] = new JsonObject(),
            ["coinbasevalue"] = view.Subsidy + view.Candidates.Sum(candidate => candidate.Fee),
            ["longpollid"] = LongPollId(view),
            ["target"] = target.ToTarget().ToDisplayString(),
            ["mintime"] = view.MinTime,
            ["mutable"] = new JsonArray("time", "transactions", "prevblock"),
            ["noncerange"] = "00000000ffffffff",
            ["sigoplimit"] = Block.SigopCostMax,
            ["sizelimit"] = Block.SizeMax,
            ["weightlimit"] = Block.WeightMax,
            ["curtime"] = Math.Max(view.MinTime, now.ToUnixTimeSeconds()),
            ["bits"] = target.ToString(),
            ["height"] = view.Height,
            ["default_witness_commitment"] = WitnessCommitment.Output(WitnessCommitment.Compute([.. view.Candidates.Select(c => c.Wtxid)])).Script.ToString(),
        };
    }

    private static JsonNode Transaction(CandidateTransaction candidate) => new JsonObject
    {
        ["data"] = Convert.ToHexStringLower(candidate.Data.Span),
        ["txid"] = candidate.Txid.ToDisplayString(),
        ["hash"] = candidate.Wtxid.ToDisplayString(),
        // One-based.
        ["depends"] = new JsonArray([.. candidate.Depends.Select(place => (JsonNode)(place + 1))]),
        ["fee"] = candidate.Fee,
        ["sigops"] = candidate.SigopCost,
        ["weight"] = candidate.Weight,
    };
}
