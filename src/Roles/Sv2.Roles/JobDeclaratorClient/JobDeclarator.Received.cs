using Sv2.Mining.Client;
using Sv2.Protocol;
using Sv2.Protocol.JobDeclaration;
using Sv2.Transport;

namespace Sv2.Roles.JobDeclaratorClient;

// What the server and the pool answer.
internal sealed partial class JobDeclarator : IJobDeclarationClientHandler
{
    private const int QuestionsMax = 3;

    // request_id and the length of the list.
    private const int AnswerOverhead = 6;
    private static readonly TimeSpan RejectionWindow = TimeSpan.FromMinutes(1);

    private long _windowStart;
    private int _rejectedInWindow;
    private long _acceptedInWindow;

    /// <inheritdoc/>
    public void OnAllocateMiningJobTokenSuccess(in AllocateMiningJobTokenSuccessView message)
    {
        if (!_tokens.TryPut(message, out MiningToken? token, out string? fault))
        {
            _output.OnViolation($"{AllocateMiningJobTokenSuccess.Info.Name}: {fault}");
            return;
        }
        _newest = token;
        MakePlan();
        foreach (MinedJob job in _jobs.ToArray())
            Advance(job);
        AskForTokens();
    }

    /// <inheritdoc/>
    public void OnProvideMissingTransactions(in ProvideMissingTransactionsView message)
    {
        uint requestId = message.RequestId;
        // A job that was dropped meanwhile needs no answer: the server gives up by itself.
        if (_jobs.Find(job => job.Step == JobStep.Declaring && job.DeclareRequestId == requestId) is not { } job)
            return;
        Seq<ByteString> known = job.Transactions!.Data.Transactions;
        SeqView<ushort> positions = message.UnknownTxPositionList;
        if (++job.Questions > QuestionsMax || positions.Count > known.Count)
        {
            _output.OnViolation($"{ProvideMissingTransactions.Info.Name}: asked too often or for more than there is");
            return;
        }
        ByteString[] wanted = new ByteString[positions.Count];
        long size = 0;
        for (int i = 0; i < wanted.Length; i++)
        {
            int position = positions[i];
            if (position >= known.Count)
            {
                _output.OnViolation($"{ProvideMissingTransactions.Info.Name}: position {position} of {known.Count} transactions");
                return;
            }
            wanted[i] = known[position];
            size += wanted[i].Length + 3;
        }
        if (size > PayloadLimits.Header - AnswerOverhead)
        {
            _output.OnViolation($"{ProvideMissingTransactions.Info.Name}: asks for {size} bytes, more than a message holds");
            return;
        }
        job.MissingTransactions = wanted.Length;
        _output.SendToServer(new ProvideMissingTransactionsSuccess { RequestId = requestId, TransactionList = wanted });
    }

    /// <inheritdoc/>
    public void OnDeclareMiningJobSuccess(in DeclareMiningJobSuccessView message)
    {
        uint requestId = message.RequestId;
        if (_jobs.Find(job => job.Step == JobStep.Declaring && job.DeclareRequestId == requestId) is not { } job)
            return;
        if (job.Solution is { } solution)
        {
            job.Solution = null;
            _output.SendToServer(solution);
        }
        // The new token, not the one of the allocation: it may carry the server's commitment (6.4.5).
        SendCustomJob(job, ByteString.CopyOf(message.NewMiningJobToken));
    }

    /// <inheritdoc/>
    public void OnDeclareMiningJobError(in DeclareMiningJobErrorView message)
    {
        uint requestId = message.RequestId;
        if (_jobs.Find(job => job.Step == JobStep.Declaring && job.DeclareRequestId == requestId) is { } job)
            Refuse(job, $"the server refused the declaration: {Words(message.ErrorCode, message.ErrorDetails)}");
    }

    /// <summary>The pool acknowledged a custom job (5.3.19).</summary>
    public void OnCustomJobAccepted(uint requestId, MiningWork? work)
    {
        if (_jobs.Find(job => job.Step == JobStep.Setting && job.SetRequestId == requestId) is not { } job)
            return;
        if (work is null)
        {
            // The pool went on to another block before it answered.
            Drop(job, "the pool's tip changed");
            return;
        }
        job.Work = work;
        Conclude(job, JobStep.Mining, null);
        _output.OnAcknowledged(job);
    }

    /// <summary>The pool refused a custom job (5.3.20).</summary>
    public void OnCustomJobRefused(uint requestId, string errorCode)
    {
        if (_jobs.Find(job => job.Step == JobStep.Setting && job.SetRequestId == requestId) is { } job)
            Refuse(job, $"the pool refused the custom job: {LogText.Sanitise(errorCode)}");
    }

    /// <summary>The pool accepted shares.</summary>
    public void OnSharesAccepted(uint count)
    {
        TurnWindow();
        _acceptedInWindow += count;
    }

    /// <summary>
    /// The pool refused a share. What decides is our own idea of it (3.5): a share of an acknowledged job on the present
    /// tip was valid when it was sent.
    /// </summary>
    public void OnShareRejected(MinedJob? job, string errorCode)
    {
        if (job is not { Step: JobStep.Mining } || job.Tip?.PrevHash != _tip?.PrevHash || MayBeARace)
            return;
        TurnWindow();
        _rejectedInWindow++;
        // Among many that it takes, a few may fail for a reason of the moment, such as a target that just changed.
        if (_rejectedInWindow > _settings.Fallback.RejectedSharesMax && _rejectedInWindow * 10L > _acceptedInWindow)
        {
            int rejected = _rejectedInWindow;
            _rejectedInWindow = 0;
            _output.OnFault($"the pool refused {rejected} valid shares of acknowledged jobs, the last as '{LogText.Sanitise(errorCode)}'");
        }
    }

    private void TurnWindow()
    {
        if (_time.GetElapsedTime(_windowStart) < RejectionWindow)
            return;
        _windowStart = _time.GetTimestamp();
        (_rejectedInWindow, _acceptedInWindow) = (0, 0);
    }

    private static string Words(ReadOnlySpan<byte> code, ReadOnlySpan<byte> details)
    {
        const int DetailsMax = 200;
        string text = LogText.Sanitise(Text.CopyOf(code));
        if (text.Length == 0)
            text = "(no code)";
        return details.IsEmpty ? text : $"{text} ({LogText.Sanitise(Text.CopyOf(details[..Math.Min(details.Length, DetailsMax)]))})";
    }
}
