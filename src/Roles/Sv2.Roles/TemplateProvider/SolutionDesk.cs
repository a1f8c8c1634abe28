using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.Protocol.TemplateDistribution;

namespace Sv2.Roles.TemplateProvider;

/// <summary>
/// Takes solutions from clients, checks what costs nothing, makes the block and gives it to the node (7.7). A block is worth
/// more than good manners: what a client did wrong without spoiling the block is put right and logged, not punished.
/// </summary>
internal sealed partial class SolutionDesk(INode node, TemplateDistributor distributor, IRoleEvents events, ILogger logger)
{
    // Reasons come from nodes and are few; a node that makes new ones up each time must not fill the memory.
    private const int ReasonsMax = 64;

    private readonly ConcurrentDictionary<string, long> _rejected = new();
    private long _accepted;

    /// <summary>Blocks that became the tip.</summary>
    public long Accepted => Interlocked.Read(ref _accepted);

    /// <summary>Solutions that made no block, by reason.</summary>
    public IReadOnlyDictionary<string, long> Rejected => _rejected;

    /// <summary>Handles one solution. Returns when the node has judged; never throws for anything a client can send.</summary>
    public async Task SubmitAsync(SubmitSolution solution, string client, CancellationToken cancellationToken)
    {
        if (distributor.Find(solution.TemplateId, out BlockTemplate? template) == TemplateLookup.NotFound || template is null)
        {
            Reject("template-id-not-found", $"template {solution.TemplateId} is not known (any more)", client);
            return;
        }
        if (!TryMakeBlock(solution, template, client, out SolvedBlock? block))
            return;
        LogSubmitting(logger, client, block.Hash.ToDisplayString(), block.Height);
        Conclude(block, await node.SubmitBlockAsync(block, cancellationToken).ConfigureAwait(false), client);
    }

    /// <summary>A block that waited for a node has been judged.</summary>
    public void OnJudged(SolvedBlock block, BlockVerdict verdict) => Conclude(block, verdict, "a client before");

    /// <summary>Counts a solution that was not looked at, because enough of the client's are with the node already.</summary>
    public void RefuseExcess(int atOnceMax, string client) => Reject("too-many-solutions", $"{atOnceMax} earlier ones wait for the node", client);

    private bool TryMakeBlock(in SubmitSolution solution, BlockTemplate template, string client, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out SolvedBlock? block)
    {
        block = null;
        if (template.PrevHash is not { } prevHash)
            return Reject("future-template", $"template {template.Id} has not been put to work by a SetNewPrevHash yet", client);
        uint fixedBits = (solution.Version ^ template.Message.Version) & ~BlockHeader.VersionRollingMask;
        if (fixedBits != 0)
            return Reject("bad-version", $"field version: bits 0x{fixedBits:x8} differ from the template and may not be rolled", client);
        if (!Transaction.TryParse(solution.CoinbaseTx.Span, out Transaction? coinbase, out string? error))
            return Reject("bad-coinbase", $"field coinbase_tx: {error}", client);
        if (!coinbase.IsCoinbase)
            return Reject("bad-coinbase", "field coinbase_tx: it spends an output", client);

        BlockHeader header = new(
            solution.Version, prevHash, MerklePath.Fold(coinbase.Txid, template.Message.MerklePath.AsSpan()),
            solution.HeaderTimestamp, template.NBits, solution.HeaderNonce);
        U256 hash = header.Hash();
        if (hash > new CompactTarget(template.NBits).ToTarget())
            return Reject("high-hash", $"hash {hash.ToDisplayString()} does not meet the target of template {template.Id}", client);
        block = new SolvedBlock(hash, template.Height, Serialize(header, WithWitness(coinbase, client), template.Transactions));
        return true;
    }

    /// <summary>
    /// coinbase_tx must come with its BIP 141 fields (3.7.3). Where it commits to witnesses and has none, the only possible
    /// one, the reserved value of the template, is put in.
    /// </summary>
    private Transaction WithWitness(Transaction coinbase, string client)
    {
        if (coinbase.HasWitness || !WitnessCommitment.TryFind(coinbase, out _))
            return coinbase;
        LogStrippedCoinbase(logger, client);
        TxInput input = coinbase.Inputs[0] with { Witness = [ByteString.CopyOf(WitnessCommitment.ReservedValue.AsSpan())] };
        return new Transaction(coinbase.Version, [input], coinbase.Outputs, coinbase.LockTime);
    }

    private static byte[] Serialize(in BlockHeader header, Transaction coinbase, CandidateTransaction[] transactions)
    {
        ulong count = (ulong)transactions.Length + 1;
        byte[] bytes = new byte[BlockHeader.Size + CompactSize.SizeOf(count) + coinbase.Size + transactions.Sum(transaction => transaction.Data.Length)];
        header.Write(bytes);
        int position = BlockHeader.Size;
        position += CompactSize.Write(bytes.AsSpan(position), count);
        position += coinbase.Write(bytes.AsSpan(position));
        foreach (CandidateTransaction transaction in transactions)
        {
            transaction.Data.Span.CopyTo(bytes.AsSpan(position));
            position += transaction.Data.Length;
        }
        return bytes;
    }

    private void Conclude(SolvedBlock block, BlockVerdict verdict, string client)
    {
        string hash = block.Hash.ToDisplayString();
        switch (verdict.Judgement)
        {
            case BlockJudgement.Accepted:
                Interlocked.Increment(ref _accepted);
                LogAccepted(logger, hash, block.Height, client);
                events.Publish("block-accepted", RoleEventSeverity.Success, $"Block {block.Height} was accepted: {hash}");
                break;
            case BlockJudgement.Duplicate:
                LogDuplicate(logger, hash, client);
                break;
            case BlockJudgement.SideBranch:
                // Nothing is wrong with it; it came second, as happens where blocks are quick.
                Count(verdict.Code);
                LogSideBranch(logger, hash, block.Height, client);
                events.Publish("block-side-branch", RoleEventSeverity.Warning, $"Block {block.Height} stands beside the chain: {verdict.Message}");
                break;
            case BlockJudgement.Waiting:
                LogWaiting(logger, hash, verdict.Message);
                events.Publish("block-waiting", RoleEventSeverity.Warning, $"Block {block.Height} waits on disk for a node: {verdict.Message}");
                break;
            default:
                Count(verdict.Code);
                LogJudged(logger, hash, client, verdict.Code, verdict.Message);
                events.Publish("block-rejected", RoleEventSeverity.Error, $"Block {block.Height} was not accepted: {verdict.Code}, {verdict.Message}");
                break;
        }
    }

    private bool Reject(string code, string message, string client)
    {
        Count(code);
        LogRejected(logger, client, code, message);
        return false;
    }

    private void Count(string code) =>
        _rejected.AddOrUpdate(_rejected.Count < ReasonsMax || _rejected.ContainsKey(code) ? code : "other", 1, (_, count) => count + 1);

    [LoggerMessage(LogLevel.Information, "{Client} found block {Hash} at height {Height}")]
    private static partial void LogSubmitting(ILogger logger, string client, string hash, int height);

    [LoggerMessage(LogLevel.Information, "Block {Hash} accepted at height {Height}, found by {Client}")]
    private static partial void LogAccepted(ILogger logger, string hash, int height, string client);

    [LoggerMessage(LogLevel.Information, "Block {Hash} of {Client} was known already")]
    private static partial void LogDuplicate(ILogger logger, string hash, string client);

    // What is told as an event too is no warning here, so that a console shows it once.
    [LoggerMessage(LogLevel.Information, "Block {Hash} of {Client} was not accepted: {Code}, {Reason}")]
    private static partial void LogJudged(ILogger logger, string hash, string client, string code, string reason);

    [LoggerMessage(LogLevel.Information, "Block {Hash} of {Client} is valid, but another block of height {Height} came first")]
    private static partial void LogSideBranch(ILogger logger, string hash, int height, string client);

    [LoggerMessage(LogLevel.Information, "Block {Hash} is on disk until a node can be reached: {Reason}")]
    private static partial void LogWaiting(ILogger logger, string hash, string reason);

    [LoggerMessage(LogLevel.Warning, "Solution of {Client} refused: {Code}, {Reason}")]
    private static partial void LogRejected(ILogger logger, string client, string code, string reason);

    [LoggerMessage(LogLevel.Warning, "{Client} sent a coinbase without its BIP 141 fields; they were put back")]
    private static partial void LogStrippedCoinbase(ILogger logger, string client);
}
