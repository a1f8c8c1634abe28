using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Runtime;
using Sv2.Roles.Hosting;

namespace Sv2.Roles.Orleans.Silos;

/// <summary>Answers from the roles that this silo runs.</summary>
[Reentrant]
internal sealed class SiloRoles(GrainId id, Silo silo, ILoggerFactory loggers, InProcessRoleHost host) : GrainService(id, silo, loggers), ISiloRoles
{
    public async Task<RoleStatus[]> ListAsync() => [.. await host.ListAsync()];

    public Task<Page<ChannelInfo>> ListChannelsAsync(ListQuery query) => host.ListChannelsAsync(query).AsTask();

    public Task<Page<WorkerInfo>> ListWorkersAsync(ListQuery query) => host.ListWorkersAsync(query).AsTask();

    public Task<Page<BlockInfo>> ListBlocksAsync(ListQuery query) => host.ListBlocksAsync(query).AsTask();

    public Task<Page<TemplateInfo>> ListTemplatesAsync(ListQuery query) => host.ListTemplatesAsync(query).AsTask();

    public Task<Page<JobInfo>> ListJobsAsync(ListQuery query) => host.ListJobsAsync(query).AsTask();

    public Task<Page<DeclarationInfo>> ListDeclarationsAsync(ListQuery query) => host.ListDeclarationsAsync(query).AsTask();

    public Task<Page<TokenInfo>> ListTokensAsync(ListQuery query) => host.ListTokensAsync(query).AsTask();

    public Task<TemplateDetail?> GetTemplateAsync(string instance, ulong templateId) => host.GetTemplateAsync(instance, templateId).AsTask();

    public async Task<KeyInfo[]> ListKeysAsync() => [.. await host.ListKeysAsync()];

    public Task<KeyRotation> RotateKeyAsync(string instance, string name) => host.RotateKeyAsync(instance, name);

    public async Task<LedgerSummary[]> ListLedgersAsync() => [.. await host.ListLedgersAsync()];

    public async Task ExportLedgerAsync(string instance, LedgerExportRequest request, IExportSink sink)
    {
        await using var parts = new ExportParts(sink);
        await host.ExportLedgerAsync(instance, request, parts);
        await parts.FlushAsync();
    }

    public Task DrainAsync(string instance, TimeSpan patience) => host.DrainClientsAsync(instance, patience);
}
