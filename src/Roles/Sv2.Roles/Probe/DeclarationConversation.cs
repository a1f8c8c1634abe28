using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.Protocol.JobDeclaration;
using Sv2.Transport.Probe;
using Sv2.Transport.Setup;

namespace Sv2.Roles.Probe;

/// <summary>Asks a job declarator server for a token.</summary>
internal sealed class DeclarationConversation(Sv2Session session, ServiceProbeOptions options, ProbeSteps steps)
    : ServiceConversation(session, options, steps), IJobDeclarationClientHandler
{
    private const string Step = "token";

    private readonly TaskCompletionSource<AllocateMiningJobTokenSuccess> _token = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override async Task RunAsync(CancellationToken cancellation)
    {
        Session.Connection.TrySend(new AllocateMiningJobToken { UserIdentifier = Options.UserIdentity, RequestId = 1 });
        if (!await CameAsync(_token.Task, cancellation).ConfigureAwait(false))
        {
            // The protocol has no refusal for this request (6.4.2).
            AddMissing(Step, "token", $"The server gives none to '{Options.UserIdentity}': give the user identity that its pool wants, and wait if you have asked for many.");
            return;
        }

        AllocateMiningJobTokenSuccess answer = await _token.Task.ConfigureAwait(false);
        if (!TxOutput.TryReadPrefixed(answer.CoinbaseTxOutputs.Span, out TxOutput[] outputs, out string? error))
            Steps.Add(Step, ProbeOutcome.Failed, $"field coinbase_tx_outputs: {error}", "The server breaks the protocol here; tell its operator.");
        else if (outputs.Length == 0)
            Steps.Add(Step, ProbeOutcome.Warning, "a token whose coinbase outputs name no payout", "The pool would earn nothing from such a job; tell its operator.");
        else
            Steps.Add(Step, ProbeOutcome.Passed, $"a token of {answer.MiningJobToken.Length} bytes; {outputs.Length} coinbase outputs, the first pays script {outputs[0].Script}");
    }

    public void OnAllocateMiningJobTokenSuccess(in AllocateMiningJobTokenSuccessView message)
    {
        if (message.RequestId == 1)
            _token.TrySetResult(message.ToOwned());
    }

    public void OnProvideMissingTransactions(in ProvideMissingTransactionsView message)
    {
    }

    public void OnDeclareMiningJobSuccess(in DeclareMiningJobSuccessView message)
    {
    }

    public void OnDeclareMiningJobError(in DeclareMiningJobErrorView message)
    {
    }

    protected override DispatchResult Dispatch(in FrameHeader header, ReadOnlySpan<byte> payload) =>
        JobDeclarationDispatcher.DispatchToClient(header, payload, this);
}
