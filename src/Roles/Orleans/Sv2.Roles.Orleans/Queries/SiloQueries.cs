using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Runtime;
using Sv2.Roles.Hosting;

namespace Sv2.Roles.Orleans.Queries;

/// <summary>Answers from the roles that this silo runs.</summary>
[Reentrant]
internal sealed class SiloQueries(GrainId id, Silo silo, ILoggerFactory loggers, InProcessRoleHost host) : GrainService(id, silo, loggers), ISiloQueries
{
    public Task<Page<ChannelInfo>> ListChannelsAsync(ListQuery query) => host.ListChannelsAsync(query).AsTask();

    public Task<Page<WorkerInfo>> ListWorkersAsync(ListQuery query) => host.ListWorkersAsync(query).AsTask();

    public Task<Page<BlockInfo>> ListBlocksAsync(ListQuery query) => host.ListBlocksAsync(query).AsTask();

    public Task<Page<TemplateInfo>> ListTemplatesAsync(ListQuery query) => host.ListTemplatesAsync(query).AsTask();

    public Task<Page<DeclarationInfo>> ListDeclarationsAsync(ListQuery query) => host.ListDeclarationsAsync(query).AsTask();

    public Task<Page<TokenInfo>> ListTokensAsync(ListQuery query) => host.ListTokensAsync(query).AsTask();
}
