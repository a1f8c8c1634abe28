using Orleans.Services;

namespace Sv2.Roles.Orleans.Queries;

/// <summary>What the roles of one silo can show. One service in each silo; it runs nothing and changes nothing.</summary>
public interface ISiloQueries : IGrainService
{
    /// <summary>Channels of an instance.</summary>
    Task<Page<ChannelInfo>> ListChannelsAsync(ListQuery query);

    /// <summary>Workers of an instance.</summary>
    Task<Page<WorkerInfo>> ListWorkersAsync(ListQuery query);

    /// <summary>Blocks of an instance.</summary>
    Task<Page<BlockInfo>> ListBlocksAsync(ListQuery query);

    /// <summary>Templates of an instance.</summary>
    Task<Page<TemplateInfo>> ListTemplatesAsync(ListQuery query);

    /// <summary>Job declarations of an instance.</summary>
    Task<Page<DeclarationInfo>> ListDeclarationsAsync(ListQuery query);

    /// <summary>Mining job tokens of an instance.</summary>
    Task<Page<TokenInfo>> ListTokensAsync(ListQuery query);
}
