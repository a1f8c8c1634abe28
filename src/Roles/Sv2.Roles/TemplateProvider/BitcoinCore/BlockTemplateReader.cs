using System.Globalization;
using System.Text.Json;
using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.Roles.Node;

namespace Sv2.Roles.TemplateProvider.BitcoinCore;

/// <summary>A node's answer to <c>getblocktemplate</c>, read and checked.</summary>
/// <param name="View">The tip and the candidates.</param>
/// <param name="LongPollId">What to wait on for the next one.</param>
internal sealed record CoreTemplate(NodeView View, string LongPollId);

/// <summary>
/// Reads <c>getblocktemplate</c> (BIP 22, 23, 145). Remembers the transactions of the last answer, since most come again. One
/// thread at a time.
/// </summary>
internal sealed class BlockTemplateReader(Network? network, TimeProvider timeProvider)
{
    /// <summary>Rules that a miner must know by name, and that change nothing in how we build blocks.</summary>
    private static readonly HashSet<string> KnownMandatoryRules = ["segwit", "taproot", "csv"];

    private Dictionary<U256, ReadOnlyMemory<byte>> _known = [];

    /// <exception cref="NodeUnavailableException">The template cannot be mined on.</exception>
    public CoreTemplate Read(JsonElement template)
    {
        try
        {
            CheckRules(template);
            CandidateTransaction[] candidates = ReadTransactions(template.GetProperty("transactions"));
            CheckCommitment(template, candidates);
            return new CoreTemplate(View(template, candidates), template.GetProperty("longpollid").GetString() ?? "");
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException or OverflowException or ArgumentException)
        {
            throw new NodeUnavailableException($"its getblocktemplate cannot be read: {e.Message}");
        }
    }

    private NodeView View(JsonElement template, CandidateTransaction[] candidates)
    {
        int height = template.GetProperty("height").GetInt32();
        long subsidy = template.GetProperty("coinbasevalue").GetInt64() - candidates.Sum(candidate => candidate.Fee);
        uint now = (uint)timeProvider.GetUtcNow().ToUnixTimeSeconds();
        return new NodeView
        {
            TipHash = U256.FromDisplayHex(template.GetProperty("previousblockhash").GetString() ?? ""),
            Height = height,
            Version = (uint)template.GetProperty("version").GetInt32(),
            NBits = uint.Parse(template.GetProperty("bits").GetString() ?? "", NumberStyles.HexNumber, CultureInfo.InvariantCulture),
            MinTime = template.GetProperty("mintime").GetUInt32(),
            ClockOffsetSeconds = (int)((long)template.GetProperty("curtime").GetUInt32() - now),
            Subsidy = subsidy,
            NextSubsidy = NextSubsidy(height, subsidy),
            Candidates = candidates,
        };
    }

    /// <summary>Only where our own halving table has agreed with the node about this block is it trusted about the next.</summary>
    private long? NextSubsidy(int height, long subsidy) =>
        network is not null && (long)network.Subsidy((uint)height) == subsidy ? (long)network.Subsidy((uint)height + 1) : null;

    /// <summary>A rule with an exclamation mark must be understood, or blocks built here are invalid (BIP 9).</summary>
    private static void CheckRules(JsonElement template)
    {
        foreach (JsonElement rule in template.GetProperty("rules").EnumerateArray())
        {
            string name = rule.GetString() ?? "";
            if (name.StartsWith('!') && !KnownMandatoryRules.Contains(name[1..]))
                throw new NodeUnavailableException($"its chain has the rule {name[1..]}, which this program does not know how to mine under", isLasting: true);
        }
    }

    private CandidateTransaction[] ReadTransactions(JsonElement transactions)
    {
        Dictionary<U256, ReadOnlyMemory<byte>> seen = new(transactions.GetArrayLength());
        List<CandidateTransaction> candidates = new(transactions.GetArrayLength());
        foreach (JsonElement transaction in transactions.EnumerateArray())
        {
            U256 wtxid = U256.FromDisplayHex(transaction.GetProperty("hash").GetString() ?? "");
            if (!_known.TryGetValue(wtxid, out ReadOnlyMemory<byte> data))
                data = Convert.FromHexString(transaction.GetProperty("data").GetString() ?? "");
            seen[wtxid] = data;
            candidates.Add(new CandidateTransaction
            {
                Data = data,
                Txid = U256.FromDisplayHex(transaction.GetProperty("txid").GetString() ?? ""),
                Wtxid = wtxid,
                Fee = transaction.GetProperty("fee").GetInt64(),
                Weight = transaction.GetProperty("weight").GetInt32(),
                SigopCost = transaction.GetProperty("sigops").GetInt32(),
                // One-based in the answer.
                Depends = [.. transaction.GetProperty("depends").EnumerateArray().Select(index => Earlier(index.GetInt32() - 1, candidates.Count))],
            });
        }
        _known = seen;
        return [.. candidates];
    }

    private static int Earlier(int index, int count) =>
        index >= 0 && index < count ? index : throw new FormatException($"a transaction depends on number {index + 1}, which does not stand before it");

    /// <summary>
    /// The node says what the commitment to all its transactions is. Where we come to another one, one of us is wrong, and a
    /// block would be lost.
    /// </summary>
    private static void CheckCommitment(JsonElement template, CandidateTransaction[] candidates)
    {
        if (!template.TryGetProperty("default_witness_commitment", out JsonElement expected))
            return;
        string computed = WitnessCommitment.Output(WitnessCommitment.Compute(Array.ConvertAll(candidates, candidate => candidate.Wtxid))).Script.ToString();
        if (!string.Equals(expected.GetString(), computed, StringComparison.OrdinalIgnoreCase))
            throw new NodeUnavailableException($"its default_witness_commitment is {expected.GetString()}, the transactions make {computed}");
    }
}
