using Sv2.Protocol.TemplateDistribution;

namespace Sv2.Roles.TemplateDistribution;

/// <summary>
/// What a <see cref="TemplateClient"/> tells its owner. One call at a time, templates and tips in the order of the wire, mostly on
/// the receive loop of the connection: hand work on, do not wait, and do not stop or dispose the client from here. Calling its
/// other methods is fine.
/// </summary>
public interface ITemplateObserver
{
    /// <summary>
    /// A template came. If <see cref="ProvidedTemplate.IsFuture"/>, keep it (and prepare jobs from it) until
    /// <see cref="OnNewPrevHash"/> names it or another; else start work on it at once, on the latest prev-hash.
    /// </summary>
    void OnNewTemplate(ProvidedTemplate template);

    /// <summary>
    /// There is a new tip: work on <paramref name="template"/>, which has been announced before by <see cref="OnNewTemplate"/>.
    /// All other templates announced before are dead. Also the first call after connecting to another provider; the height may
    /// repeat or go backwards.
    /// </summary>
    void OnNewPrevHash(ProvidedTemplate template, in SetNewPrevHash prevHash);

    /// <summary>A provider was connected, lost or refused. Read <see cref="TemplateClient.Providers"/> for all.</summary>
    void OnProviderChanged(ProviderState state);

    /// <summary>A solution given to <see cref="TemplateClient.SubmitSolution"/> was settled.</summary>
    void OnSolutionSettled(TemplateSolution solution, SolutionOutcome outcome);
}
