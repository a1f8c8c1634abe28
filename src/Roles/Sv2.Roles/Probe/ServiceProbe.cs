using Sv2.Protocol.Common;
using Sv2.Transport;
using Sv2.Transport.Probe;
using Sv2.Transport.Setup;

namespace Sv2.Roles.Probe;

/// <summary>
/// Goes on where <see cref="ConnectionProbe"/> ends: asks the server for what it is there for, and tells after each step,
/// in plain words, what came and what to do where nothing did. A mining server for a channel and its first job, a template
/// provider for a template and its previous hash, a job declarator server for a token.
/// </summary>
public static class ServiceProbe
{
    /// <summary>Runs the steps of the session's protocol up to the first that fails, then takes leave of the server.</summary>
    /// <param name="session">A session on which nothing was sent since its setup. It is closed afterwards; the caller disposes it.</param>
    /// <param name="options">What to ask for; null for the defaults.</param>
    /// <param name="clock">The clock; null for the system's.</param>
    /// <param name="onStep">Called after each step, for progress; null for nobody.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The steps in order, up to and including the first that failed.</returns>
    /// <exception cref="OperationCanceledException">Given up.</exception>
    public static async Task<IReadOnlyList<ProbeStep>> RunAsync(
        Sv2Session session, ServiceProbeOptions? options = null, TimeProvider? clock = null, Action<ProbeStep>? onStep = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(session);
        ServiceConversation conversation = Conversation(session, options ?? new ServiceProbeOptions(), new ProbeSteps(clock ?? TimeProvider.System, onStep));
        Task receiving = session.Connection.RunAsync(conversation, cancellation);
        try
        {
            await conversation.RunAsync(cancellation).ConfigureAwait(false);
            conversation.TakeLeave();
        }
        finally
        {
            session.Connection.Close(CloseReason.LocalShutdown);
            await receiving.ConfigureAwait(false);
        }

        cancellation.ThrowIfCancellationRequested();
        return conversation.Steps.All;
    }

    private static ServiceConversation Conversation(Sv2Session session, ServiceProbeOptions options, ProbeSteps steps) => session.Setup.Protocol switch
    {
        Subprotocol.Mining => new MiningConversation(session, options, steps),
        Subprotocol.TemplateDistribution => new TemplateConversation(session, options, steps),
        _ => new DeclarationConversation(session, options, steps),
    };
}
