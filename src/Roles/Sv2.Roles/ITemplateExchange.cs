namespace Sv2.Roles;

/// <summary>
/// Shares block templates among the front ends of one logical pool: one of them follows the template provider, the others get
/// from it what came. A host of several machines offers it. What it carries are frames of the Template Distribution Protocol,
/// as they came from the wire.
/// </summary>
public interface ITemplateExchange
{
    /// <summary>Takes part, until the seat is disposed of.</summary>
    /// <param name="group">The group: those who would get the same templates from the same providers.</param>
    /// <param name="member">Name of this member, unique in the group.</param>
    /// <param name="sharer">Does what the exchange says.</param>
    ITemplateSeat Join(string group, string member, ITemplateSharer sharer);
}

/// <summary>A place in an exchange.</summary>
public interface ITemplateSeat : IAsyncDisposable
{
    /// <summary>Passes templates on to the others, in order; never waits. Has no effect while this member does not lead.</summary>
    /// <param name="news">What came.</param>
    /// <param name="whole">All that is alive with it, for those who come late.</param>
    void Publish(SharedTemplates news, SharedTemplates whole);
}

/// <summary>A member of an exchange, as the exchange sees it. Thread-safe.</summary>
public interface ITemplateSharer
{
    /// <summary>Whether a template provider serves it over a connection of its own.</summary>
    bool IsServed { get; }

    /// <summary>
    /// Whether it is to have a connection of its own: because it leads, or because it is cut off from the others. Otherwise it
    /// gets templates by <see cref="Take"/>; until the first it goes on with those that it has.
    /// </summary>
    void Connect(bool isWanted);

    /// <summary>Takes templates of the member that leads. False where it cannot use them and needs them whole, later.</summary>
    bool Take(SharedTemplates templates);

    /// <summary>All that is alive, of its own connection; null without one.</summary>
    SharedTemplates? Whole();
}

/// <summary>Templates on their way from one front end to another.</summary>
/// <param name="Provider">Connection string of the provider that made them: found blocks go there.</param>
/// <param name="IsWhole">Whether it is all that is alive, and replaces what was known; otherwise it comes after that.</param>
/// <param name="Frames">NewTemplate and SetNewPrevHash frames with their headers, one behind the other.</param>
public sealed record SharedTemplates(string Provider, bool IsWhole, byte[] Frames);
