using Microsoft.Extensions.Logging;
using Sv2.Bitcoin;
using Sv2.Mining.Server;
using Sv2.Protocol;
using Sv2.Roles.TemplateDistribution;

namespace Sv2.Roles.JobDeclaratorClient;

/// <summary>
/// What happens to a block: the server hears of it by PushSolution, the own template provider by SubmitSolution, both at
/// once and whatever the pool thinks; then the tip tells what became of it. Thread-safe.
/// </summary>
internal sealed partial class ClientBlocks(ClientEngine engine, Func<TemplateSolution, SolutionDelivery> submit, IRoleEvents events, TimeProvider time, ILogger logger)
{
    private const int BlocksMax = 256;

    private readonly Lock _gate = new();
    private readonly List<BlockInfo> _blocks = [];
    private long _found;

    /// <summary>Blocks found since the start.</summary>
    public long Found => Volatile.Read(ref _found);

    /// <summary>Blocks, the newest first.</summary>
    public IReadOnlyList<BlockInfo> List()
    {
        lock (_gate)
            return [.. _blocks.AsEnumerable().Reverse()];
    }

    /// <summary>A share met the network's target. Called without any lock held.</summary>
    public void OnFound(BlockCandidate block)
    {
        Interlocked.Increment(ref _found);
        MinedJob? job = engine.OnBlock(block);
        BlockInfo info = Describe(block, job);
        // Listed first: the tip may tell of the block before submitting it has returned.
        lock (_gate)
        {
            if (_blocks.Count == BlocksMax)
                _blocks.RemoveAt(0);
            _blocks.Add(info);
        }
        string? trouble = job is null ? info.Reason : Submit(block, job);
        events.Publish(RoleEventTypes.Block, RoleEventSeverity.Success, $"{info.Worker} found block {info.Height}, {info.Hash}", info);
        if (trouble is not null)
            events.Publish(RoleEventTypes.Block, RoleEventSeverity.Error, $"Block {info.Hash}: {trouble}", info);
    }

    /// <summary>The chain has told what became of a block.</summary>
    public void OnSettled(TemplateSolution solution, SolutionOutcome outcome)
    {
        string hash = solution.BlockHash.ToDisplayString();
        switch (outcome)
        {
            case SolutionOutcome.BecameTip:
                Change(hash, BlockState.Accepted, "the tip followed it");
                break;
            case SolutionOutcome.Superseded:
                Change(hash, BlockState.Orphaned, "another block became the tip");
                break;
            case SolutionOutcome.GivenUp:
                Change(hash, BlockState.Rejected, "no template provider could be reached in time");
                break;
            default:
                LogDelivered(hash);
                break;
        }
    }

    private string? Submit(BlockCandidate block, MinedJob job)
    {
        try
        {
            submit(new TemplateSolution
            {
                Template = job.Template,
                Version = block.Header.Version,
                HeaderTimestamp = block.Header.NTime,
                HeaderNonce = block.Header.Nonce,
                CoinbaseTx = block.Coinbase,
                BlockHash = block.Hash,
            });
            return null;
        }
        catch (IOException e)
        {
            // It was sent all the same where the provider is connected.
            LogNotKept(e, block.Hash.ToDisplayString());
            return $"it could not be kept on disk: {e.Message}";
        }
    }

    private BlockInfo Describe(BlockCandidate block, MinedJob? job)
    {
        ulong value = 0;
        foreach (TxOutput output in job?.Coinbase.Outputs ?? default)
            value += output.Value;
        string worker = LogText.Sanitise(block.Channel.UserIdentity);
        return new BlockInfo
        {
            Hash = block.Hash.ToDisplayString(),
            Height = job?.Height ?? 0,
            CoinbaseValueSats = (long)value,
            Time = time.GetUtcNow(),
            State = job is null ? BlockState.Rejected : BlockState.Submitted,
            Finder = worker.Split('.')[0],
            Worker = worker,
            TransactionCount = job?.TransactionCount + 1,
            Difficulty = Target.Difficulty(new CompactTarget(block.Header.NBits).ToTarget()),
            Reason = job is null ? $"the template of job {block.JobId} is no longer remembered" : null,
        };
    }

    private void Change(string hash, BlockState state, string reason)
    {
        BlockInfo? changed = null;
        lock (_gate)
        {
            int index = _blocks.FindIndex(block => block.Hash == hash);
            if (index >= 0)
                changed = _blocks[index] = _blocks[index] with { State = state, Reason = state == BlockState.Accepted ? null : reason };
        }
        events.Publish(RoleEventTypes.Block, state == BlockState.Accepted ? RoleEventSeverity.Success : RoleEventSeverity.Warning, $"Block {hash}: {reason}", changed);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Block {Hash} was delivered; the tip has not told more")]
    private partial void LogDelivered(string hash);

    [LoggerMessage(Level = LogLevel.Error, Message = "Block {Hash} could not be kept on disk")]
    private partial void LogNotKept(Exception e, string hash);
}
