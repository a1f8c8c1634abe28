using Microsoft.Extensions.Logging;

namespace Sv2.Roles.Orleans.Templates;

/// <summary>Seats for the front ends of this silo in the cluster's exchanges.</summary>
internal sealed class TemplateExchange(IGrainFactory grains, ClusterOptions options, TimeProvider time, ILogger<TemplateSeat> log) : ITemplateExchange
{
    public ITemplateSeat Join(string group, string member, ITemplateSharer sharer) =>
        TemplateSeat.Take(grains, group, member, sharer, options, time, log);
}
