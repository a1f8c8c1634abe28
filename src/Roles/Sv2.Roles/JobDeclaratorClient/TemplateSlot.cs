using Sv2.Protocol.TemplateDistribution;
using Sv2.Roles.TemplateDistribution;

namespace Sv2.Roles.JobDeclaratorClient;

/// <summary>A template that can be worked on.</summary>
/// <param name="Template">The template.</param>
/// <param name="Room">The room for outputs that its provider had been asked for when it came.</param>
internal sealed record TemplateSlot(ProvidedTemplate Template, CoinbaseOutputConstraints Room)
{
    /// <summary>The job that miners have of it while it is a future one.</summary>
    public MinedJob? Future { get; set; }
}
