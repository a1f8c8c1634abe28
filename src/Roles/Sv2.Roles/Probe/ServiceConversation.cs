using Sv2.Protocol;
using Sv2.Transport;
using Sv2.Transport.Probe;
using Sv2.Transport.Setup;

namespace Sv2.Roles.Probe;

/// <summary>What is said to a server of one protocol after the setup.</summary>
internal abstract class ServiceConversation(Sv2Session session, ServiceProbeOptions options, ProbeSteps steps) : IFrameHandler
{
    public ProbeSteps Steps => steps;

    protected Sv2Session Session => session;

    protected ServiceProbeOptions Options => options;

    /// <summary>Asks for what the server is there for, step by step.</summary>
    public abstract Task RunAsync(CancellationToken cancellation);

    /// <summary>Gives back what the server holds for us.</summary>
    public virtual void TakeLeave()
    {
    }

    public FrameVerdict OnFrame(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        DispatchResult result = Dispatch(header, payload);
        return result.Outcome == DispatchOutcome.Malformed
            ? FrameVerdict.Close(CloseReason.Malformed(result.Message!.Name, result.Error.ToString()))
            : FrameVerdict.Continue;
    }

    public void OnBatchEnd()
    {
    }

    protected abstract DispatchResult Dispatch(in FrameHeader header, ReadOnlySpan<byte> payload);

    /// <summary>Waits for an answer as long as there is patience and a connection.</summary>
    /// <returns>Whether it came.</returns>
    protected async Task<bool> CameAsync(Task answer, CancellationToken cancellation)
    {
        using var patience = new CancellationTokenSource(options.Patience, steps.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token, session.Connection.Closed);
        try
        {
            await answer.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
        }

        // It may have come together with the end.
        return answer.IsCompletedSuccessfully;
    }

    /// <summary>Says that no answer came: for want of a connection, or of patience.</summary>
    protected void AddMissing(string step, string what, string adviceWhenSilent)
    {
        if (session.Connection.Reason is { } reason)
            steps.Add(step, ProbeOutcome.Failed, $"the connection ended before {what} came: {reason.Message}", AdviceFor(reason));
        else
            steps.Add(step, ProbeOutcome.Failed, $"no {what} within {options.Patience.TotalSeconds} s", adviceWhenSilent);
    }

    private static string AdviceFor(CloseReason reason) => reason.Kind switch
    {
        CloseKind.ReconnectRequested => "The server is being drained for maintenance. Try again, at the address it names.",
        CloseKind.MalformedMessage or CloseKind.ProtocolViolation or CloseKind.FrameTooLarge => "The server breaks the protocol here; tell its operator.",
        _ => "The server's log says why it hung up; tell its operator the time and the address you came from.",
    };
}
