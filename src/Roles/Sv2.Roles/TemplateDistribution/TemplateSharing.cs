namespace Sv2.Roles.TemplateDistribution;

/// <summary>With whom a <see cref="TemplateClient"/> shares its templates.</summary>
/// <param name="Exchange">What carries them.</param>
/// <param name="Group">Those who would get the same templates: same providers, same constraints.</param>
/// <param name="Member">The client's name in the group.</param>
public sealed record TemplateSharing(ITemplateExchange Exchange, string Group, string Member);
