using Microsoft.Extensions.Logging;
using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.Protocol.JobDeclaration;
using Sv2.Roles.JobDeclaration;
using Sv2.Roles.Node;

namespace Sv2.Roles.JobDeclaratorServer;

// From complete transactions to the server's word, and from a solution to its block.
internal sealed partial class ClientDeclarations
{
    // Found while the job was still being checked: the miner does not wait for our word (6.3.1).
    private const int EarlySolutionsMax = 4;

    private readonly List<AcceptedDeclaration> _accepted = [];
    private readonly Queue<PushSolution> _early = [];

    /// <summary>
    /// Publishes a block, if some job of this connection makes one with the solution: the most recently accepted first, as
    /// the client is promised, then earlier ones and those that are being checked. Jobs that were declared on the very block
    /// that the solution builds on come before all others, because where the target is easy any job seems to fit.
    /// </summary>
    public void Push(PushSolution solution)
    {
        lock (_gate)
        {
            if (TryPublish(solution, onSameBlock: true) || TryPublish(solution, onSameBlock: false))
                return;
            if (_pending.Count > 0)
            {
                _early.Enqueue(solution);
                if (_early.Count > EarlySolutionsMax)
                    _early.Dequeue();
                return;
            }
            server.Totals.CountUnmatched();
            LogUnmatched(logger, client, solution.PrevHash.ToDisplayString());
        }
    }

    private bool TryPublish(in PushSolution solution, bool onSameBlock)
    {
        for (int i = _accepted.Count - 1; i >= 0; i--)
        {
            (Declaration declaration, DeclaredTemplate template) = _accepted[i];
            if (declaration.PrevHash == solution.PrevHash == onSameBlock && TryPublish(template, declaration, solution))
                return true;
        }

        foreach (Declaration declaration in _pending.Values)
        {
            if (declaration.Template is { } template && declaration.PrevHash == solution.PrevHash == onSameBlock && TryPublish(template, declaration, solution))
                return true;
        }

        return false;
    }

    private KnownTransaction? FindProvided(in U256 wtxid)
    {
        for (int i = _accepted.Count - 1; i >= 0; i--)
            if (_accepted[i].Declaration.Provided.TryGetValue(wtxid, out KnownTransaction? transaction))
                return transaction;
        return null;
    }

    private void Check(Declaration declaration)
    {
        declaration.Stage = DeclarationStage.Checks;
        server.Log.Change(declaration.Entry, info => info with { State = DeclarationState.Declared });
        // Hashing and the node's judgement take their time; other messages of the client do not wait for them.
        _ = Task.Run(() => CheckAsync(declaration));
    }

    private async Task CheckAsync(Declaration declaration)
    {
        DeclarationFault? fault;
        try
        {
            DeclaredTemplate template = new(declaration.Version, declaration.Coinbase, Array.ConvertAll(declaration.Transactions, transaction => transaction!));
            lock (_gate)
            {
                declaration.Template = template;
                PublishEarly(template, declaration);
            }
            fault = DeclarationCheck.FindFault(template) ?? await ProposeAsync(declaration, template).ConfigureAwait(false);
        }
        catch (NodeUnavailableException e)
        {
            fault = new DeclarationFault(DeclarationErrorCodes.TryAgainLater, e.Message);
        }
        catch (Exception e)
        {
            // A fault of ours must not leave the client without an answer.
            LogCheckFailed(logger, e, client, declaration.RequestId);
            fault = new DeclarationFault(DeclarationErrorCodes.TryAgainLater, "the checks failed");
        }
        Conclude(declaration, fault);
    }

    /// <summary>The node's judgement, asked again when its best block changed to another of the same height meanwhile.</summary>
    private async Task<DeclarationFault?> ProposeAsync(Declaration declaration, DeclaredTemplate template)
    {
        if (server.Options.Validation == DeclarationValidation.Local)
            return null;
        NodeFollower node = server.Node!;
        while (true)
        {
            if (node.Tip is not { } tip)
                throw new NodeUnavailableException("no node can be asked at the moment");
            if (!tip.JudgesProposals)
                return null;
            if (tip.NextHeight != declaration.Height)
                return Stale(declaration.Height, tip);
            DeclarationFault? fault = await DeclarationCheck.ProposeAsync(template, node, tip, connection.Closed).ConfigureAwait(false);
            if (fault?.Code != DeclarationErrorCodes.StaleChainTip || node.Tip?.Hash == tip.Hash)
                return fault;
        }
    }

    private void Conclude(Declaration declaration, DeclarationFault? fault)
    {
        lock (_gate)
        {
            // A new tip, or the end of the connection, was faster.
            if (_isClosed || !_pending.TryGetValue(declaration.RequestId, out Declaration? current) || current != declaration)
                return;
            if (fault is not null)
                Refuse(declaration, fault);
            else
                Accept(declaration);
            if (_pending.Count == 0)
                CountUnmatched();
        }
    }

    private void Accept(Declaration declaration)
    {
        _pending.Remove(declaration.RequestId);
        DeclaredTemplate template = declaration.Template!;
        _accepted.Add(new AcceptedDeclaration(declaration, template));
        if (_accepted.Count > Limits.AcceptedDeclarations)
            Forget(0);
        server.Log.Decide(declaration.Entry, DeclarationState.Accepted, null);
        JobCommitment job = JobCommitment.Of(template.Version, template.Coinbase.Template, template.MerklePath);
        connection.TrySend(new DeclareMiningJobSuccess { RequestId = declaration.RequestId, NewMiningJobToken = tokens.IssueDeclared(declaration.Token, job) });
    }

    private void PublishEarly(DeclaredTemplate template, Declaration declaration)
    {
        for (int left = _early.Count; left > 0; left--)
        {
            PushSolution solution = _early.Dequeue();
            if (!TryPublish(template, declaration, solution))
                _early.Enqueue(solution);
        }
    }

    private bool TryPublish(DeclaredTemplate template, Declaration declaration, in PushSolution solution)
    {
        // Any header meets a target that is easy enough: only the network's own counts.
        if (server.Node?.IsNetworkTarget(solution.NBits) == false || !template.TrySolve(solution, out BlockHeader header, out byte[]? block))
            return false;
        server.Log.Decide(declaration.Entry, DeclarationState.Solved, null);
        server.Blocks.Submit(new PushedBlock(header.Hash(), declaration.Height, block)
        {
            Value = (long)OutputRules.Total(template.Coinbase.Outputs),
            Transactions = template.Transactions.Length + 1,
            NBits = solution.NBits,
            Finder = LogText.Sanitise(declaration.Token.User),
        });
        return true;
    }

    /// <summary>Nothing is left that the early solutions could belong to.</summary>
    private void CountUnmatched()
    {
        while (_early.TryDequeue(out PushSolution solution))
        {
            server.Totals.CountUnmatched();
            LogUnmatched(logger, client, solution.PrevHash.ToDisplayString());
        }
    }

    private void Forget(int index)
    {
        server.Provided.Release(_accepted[index].Declaration.ProvidedBytes);
        _accepted.RemoveAt(index);
    }

    private void ForgetAccepted()
    {
        while (_accepted.Count > 0)
            Forget(_accepted.Count - 1);
    }

    [LoggerMessage(LogLevel.Warning, "{Client}: a solution on block {PrevHash} fits no job that this connection declared")]
    private static partial void LogUnmatched(ILogger logger, string client, string prevHash);

    [LoggerMessage(LogLevel.Error, "{Client}: declaration {RequestId} could not be checked")]
    private static partial void LogCheckFailed(ILogger logger, Exception exception, string client, uint requestId);

    private sealed record AcceptedDeclaration(Declaration Declaration, DeclaredTemplate Template);
}
