using Orleans.Concurrency;

namespace Sv2.Roles.Orleans.Templates;

/// <summary>
/// One group of front ends that share templates; the key is its name. Keeps who leads, and the templates that are alive, in
/// memory: when it is lost the leader sends them again.
/// </summary>
public interface ITemplateExchangeGrain : IGrainWithStringKey
{
    /// <summary>A member says that it is there, about every second.</summary>
    /// <param name="member">The member and what it has.</param>
    /// <param name="listener">Where templates are sent to.</param>
    Task<ExchangeAnswer> JoinAsync(ExchangeMember member, ITemplateListener listener);

    /// <summary>The leader passes on what came. False when it does not lead any more.</summary>
    /// <param name="member">The leader's name.</param>
    /// <param name="term">The term that it leads in.</param>
    /// <param name="news">What came.</param>
    /// <param name="whole">All that is alive with it.</param>
    Task<bool> PublishAsync(string member, long term, SharedTemplates news, SharedTemplates whole);

    /// <summary>A member goes.</summary>
    Task LeaveAsync(string member);
}

/// <summary>A front end that gets templates from another one.</summary>
public interface ITemplateListener : IGrainObserver
{
    /// <summary>Brings what came: one call a front end for each template and each tip.</summary>
    /// <param name="term">The leader's term.</param>
    /// <param name="sequence">Counts the news of a term; a gap is filled by joining again.</param>
    /// <param name="news">What came.</param>
    [OneWay]
    Task OnTemplatesAsync(long term, long sequence, SharedTemplates news);
}

/// <summary>What a member of an exchange says of itself.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Term">The term of what it has, or that it leads in; 0 for none.</param>
/// <param name="Sequence">The last news that it has of that term.</param>
/// <param name="Leads">Whether it thinks that it leads.</param>
/// <param name="IsServed">Whether a template provider serves it.</param>
[GenerateSerializer, Immutable, Alias("sv2.exchange-member")]
public sealed record ExchangeMember(string Name, long Term, long Sequence, bool Leads, bool IsServed);

/// <summary>What a member of an exchange hears.</summary>
/// <param name="Leader">Who leads; null while that is not settled.</param>
/// <param name="Term">Counts the leaders.</param>
/// <param name="Sequence">The last news of this term.</param>
/// <param name="HasTemplates">Whether the leader has sent any.</param>
/// <param name="Whole">All that is alive, where the member does not have it.</param>
[GenerateSerializer, Immutable, Alias("sv2.exchange-answer")]
public sealed record ExchangeAnswer(string? Leader, long Term, long Sequence, bool HasTemplates, SharedTemplates? Whole);

/// <summary>The form of <see cref="SharedTemplates"/> between silos: bytes as bytes.</summary>
[GenerateSerializer, Immutable, Alias("sv2.shared-templates")]
public struct SharedTemplatesSurrogate
{
    /// <summary>The provider.</summary>
    [Id(0)]
    public string Provider;

    /// <summary>Whether it is all that is alive.</summary>
    [Id(1)]
    public bool IsWhole;

    /// <summary>The frames.</summary>
    [Id(2)]
    public byte[] Frames;
}

[RegisterConverter]
internal sealed class SharedTemplatesConverter : IConverter<SharedTemplates, SharedTemplatesSurrogate>
{
    public SharedTemplates ConvertFromSurrogate(in SharedTemplatesSurrogate surrogate) => new(surrogate.Provider, surrogate.IsWhole, surrogate.Frames);

    public SharedTemplatesSurrogate ConvertToSurrogate(in SharedTemplates value) => new() { Provider = value.Provider, IsWhole = value.IsWhole, Frames = value.Frames };
}
