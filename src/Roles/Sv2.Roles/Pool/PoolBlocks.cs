using Microsoft.Extensions.Logging;
using Sv2.Bitcoin;
using Sv2.Mining.Server;
using Sv2.Protocol;
using Sv2.Roles.Ledger;
using Sv2.Roles.TemplateDistribution;

namespace Sv2.Roles.Pool;

/// <summary>
/// What happens to a block from the moment a share turns out to be one: it is noted in the ledger's journal, sent to the
/// template provider, and followed until the tip tells what became of it. Thread-safe.
/// </summary>
internal sealed partial class PoolBlocks(
    PoolTemplates templates, ShareLedger ledger, IRoleEvents events, TimeProvider time, ILogger logger)
{
    private const int RecentMax = 64;

    // The last blocks with their states: for following them, and for announcing without reading the ledger.
    private readonly List<BlockEntry> _recent = [];
    private readonly HashSet<string> _followed = [];
    private long _found;

    /// <summary>Sends solutions; set before the first miner connects.</summary>
    public Func<TemplateSolution, SolutionDelivery>? Submit { get; set; }

    /// <summary>Blocks found since the start.</summary>
    public long Found => Volatile.Read(ref _found);

    /// <summary>A share met the network's target. Called without any lock held.</summary>
    public void OnFound(BlockCandidate candidate, PoolChannel channel)
    {
        Interlocked.Increment(ref _found);
        BlockEntry entry = Describe(candidate, channel);
        ledger.RecordBlock(entry);
        Keep(entry);
        Announce(entry, RoleEventSeverity.Success, $"{entry.Finder} found block {entry.Height}, {entry.Hash}");

        if (candidate.TemplateId is null)
        {
            Follow(entry.Hash);
            Change(entry.Hash, BlockEntryState.Submitted, "found on the miner's own template, which the pool does not have: its client publishes it, and in full-template mode the declarator server too");
            return;
        }

        if (templates.OfJob(candidate.JobId) is not { } template)
        {
            Change(entry.Hash, BlockEntryState.Rejected, $"the template of job {candidate.JobId} is no longer remembered");
            return;
        }

        SolutionDelivery delivery = Submit!(new TemplateSolution
        {
            Template = template,
            Version = candidate.Header.Version,
            HeaderTimestamp = candidate.Header.NTime,
            HeaderNonce = candidate.Header.Nonce,
            CoinbaseTx = candidate.Coinbase,
            BlockHash = candidate.Hash,
        });
        Change(entry.Hash, BlockEntryState.Submitted, delivery == SolutionDelivery.Sent
            ? "sent to the template provider" : "waiting for the template provider, kept on disk");
    }

    /// <summary>The chain has told what became of a block.</summary>
    public void OnSettled(TemplateSolution solution, SolutionOutcome outcome)
    {
        string hash = solution.BlockHash.ToDisplayString();
        switch (outcome)
        {
            case SolutionOutcome.BecameTip: Change(hash, BlockEntryState.Confirmed, "the tip followed it"); break;
            case SolutionOutcome.Superseded: Change(hash, BlockEntryState.Orphaned, "another block became the tip"); break;
            case SolutionOutcome.GivenUp: Change(hash, BlockEntryState.Rejected, "no template provider could be reached in time"); break;
            case SolutionOutcome.Delivered: Change(hash, BlockEntryState.Submitted, "delivered; the tip has not told more"); break;
            default: throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "no such outcome");
        }
    }

    /// <summary>Reads the last blocks of earlier runs, so that a reorganisation is noticed across a restart.</summary>
    public void Load()
    {
        lock (_recent) _recent.AddRange(ledger.Reader.Blocks(limit: RecentMax).Reverse());
    }

    /// <summary>
    /// The chain has a new tip. Takes a confirmation back where another block now stands in a block's place or the chain ends
    /// below it, and gives it again where the chain came back.
    /// </summary>
    /// <remarks>
    /// The template protocol tells hash and height of each tip and nothing of what lies between: a reorganisation of several
    /// blocks that is told as one is seen only when one of these tips stands at or below the block's height.
    /// </remarks>
    /// <param name="tip">Hash of the tip.</param>
    /// <param name="height">Its height; negative where the template does not tell it.</param>
    public void OnTip(U256 tip, long height)
    {
        if (height < 0) return;
        string hash = tip.ToDisplayString();
        foreach (BlockEntry block in Recent())
        {
            if (block.Hash == hash)
            {
                // One of an earlier run has nobody else to follow it.
                if (block.State != BlockEntryState.Confirmed)
                    Change(hash, BlockEntryState.Confirmed, block.State == BlockEntryState.Orphaned ? "the chain came back to it" : "the tip followed it");
            }
            else if (block.State == BlockEntryState.Submitted && block.Height == height && Unfollow(block.Hash))
            {
                Change(block.Hash, BlockEntryState.Orphaned, "another block became the tip");
            }
            else if (block.State == BlockEntryState.Confirmed && block.Height >= height)
            {
                Change(block.Hash, BlockEntryState.Orphaned, block.Height == height
                    ? $"reorganisation: block {hash} took its place" : $"reorganisation: the chain ends at height {height}");
            }
        }
    }

    /// <summary>The form in which pages show a block.</summary>
    public static BlockInfo ToInfo(BlockEntry entry) => new()
    {
        Hash = entry.Hash,
        Height = entry.Height,
        CoinbaseValueSats = entry.CoinbaseValue,
        Time = entry.FoundAt,
        State = entry.State switch
        {
            BlockEntryState.Confirmed => BlockState.Accepted,
            BlockEntryState.Rejected => BlockState.Rejected,
            BlockEntryState.Orphaned => BlockState.Orphaned,
            _ => BlockState.Submitted,
        },
        Finder = entry.Name.Account,
        Worker = entry.Finder,
        Difficulty = Target.Difficulty(new CompactTarget(entry.NBits).ToTarget()),
        Reason = entry.State is BlockEntryState.Rejected or BlockEntryState.Orphaned ? entry.Reason : null,
    };

    /// <summary>A block that no template provider of ours was given: only the tip can tell what becomes of it.</summary>
    private void Follow(string hash)
    {
        lock (_recent)
        {
            _followed.Add(hash);
            // What is not among the last blocks any more is not compared with tips either.
            _followed.RemoveWhere(followed => !_recent.Exists(block => block.Hash == followed));
        }
    }

    private bool Unfollow(string hash)
    {
        lock (_recent) return _followed.Remove(hash);
    }

    private BlockEntry Describe(BlockCandidate candidate, PoolChannel channel)
    {
        (long height, long value) = ReadCoinbase(candidate);
        return new BlockEntry
        {
            Hash = candidate.Hash.ToDisplayString(),
            PrevHash = candidate.Header.PrevHash.ToDisplayString(),
            Height = height,
            CoinbaseValue = value,
            NBits = candidate.Header.NBits,
            Finder = channel.Identity,
            Name = channel.Name,
            FoundAt = time.GetUtcNow(),
        };
    }

    private (long Height, long Value) ReadCoinbase(BlockCandidate candidate)
    {
        if (!Transaction.TryParse(candidate.Coinbase.Span, out Transaction? coinbase, out string? error))
        {
            LogBadCoinbase(candidate.Hash.ToDisplayString(), error);
            return (0, 0);
        }

        if (!CoinbaseRules.TryReadHeight(coinbase.Inputs[0].ScriptSig.Span, out uint height)) LogBadCoinbase(candidate.Hash.ToDisplayString(), "no height");
        ulong value = 0;
        foreach (ref readonly TxOutput output in coinbase.Outputs) value += output.Value;
        return (height, (long)value);
    }

    private BlockEntry[] Recent()
    {
        lock (_recent) return [.. _recent];
    }

    private void Keep(BlockEntry entry)
    {
        lock (_recent)
        {
            if (_recent.Count == RecentMax) _recent.RemoveAt(0);
            _recent.Add(entry);
        }
    }

    private void Change(string hash, BlockEntryState state, string reason)
    {
        PoolMetrics.Block(state.ToString().ToLowerInvariant());
        ledger.ChangeBlock(new BlockChange(hash, state, time.GetUtcNow(), reason));
        Follow(hash, state, reason);
        if (state == BlockEntryState.Submitted)
        {
            LogSubmitted(hash, reason);
            return;
        }

        bool good = state == BlockEntryState.Confirmed;
        events.Publish(RoleEventTypes.Block, good ? RoleEventSeverity.Success : RoleEventSeverity.Warning, $"Block {hash}: {reason}", Booked(hash, state, reason));
    }

    private void Follow(string hash, BlockEntryState state, string reason)
    {
        lock (_recent)
        {
            int index = _recent.FindIndex(block => block.Hash == hash);
            // 'submitted' may be told late, after the chain has already spoken.
            if (index >= 0 && (state != BlockEntryState.Submitted || _recent[index].State == BlockEntryState.Found))
                _recent[index] = _recent[index] with { State = state, Reason = reason };
        }
    }

    /// <summary>The block as it will read once the change is on disk; null where it was never booked.</summary>
    private BlockInfo? Booked(string hash, BlockEntryState state, string reason)
    {
        try
        {
            BlockEntry? entry;
            lock (_recent) entry = _recent.Find(recent => recent.Hash == hash);
            entry ??= ledger.Reader.Block(hash);
            return entry is null ? null : ToInfo(entry with { State = state, Reason = reason });
        }
        catch (LedgerException e)
        {
            LogUnreadable(hash, e.Message);
            return null;
        }
    }

    private void Announce(BlockEntry entry, RoleEventSeverity severity, string message)
    {
        PoolMetrics.Block("found");
        events.Publish(RoleEventTypes.Block, severity, message, ToInfo(entry));
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Block {Hash}: {Reason}")]
    private partial void LogSubmitted(string hash, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The coinbase of block {Hash} cannot be read back: {Error}")]
    private partial void LogBadCoinbase(string hash, string? error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Block {Hash} cannot be read from the ledger: {Error}")]
    private partial void LogUnreadable(string hash, string error);
}
