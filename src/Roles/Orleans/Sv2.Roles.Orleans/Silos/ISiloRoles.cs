using Orleans.Services;

namespace Sv2.Roles.Orleans.Silos;

/// <summary>
/// Speaks with the roles that one silo runs; one such service in each silo. What a role is to be is not decided here but by
/// its grain.
/// </summary>
public interface ISiloRoles : IGrainService
{
    /// <summary>How the roles of this silo are at this moment.</summary>
    Task<RoleStatus[]> ListAsync();

    /// <summary>Channels of an instance.</summary>
    Task<Page<ChannelInfo>> ListChannelsAsync(ListQuery query);

    /// <summary>Workers of an instance.</summary>
    Task<Page<WorkerInfo>> ListWorkersAsync(ListQuery query);

    /// <summary>Blocks of an instance.</summary>
    Task<Page<BlockInfo>> ListBlocksAsync(ListQuery query);

    /// <summary>Templates of an instance.</summary>
    Task<Page<TemplateInfo>> ListTemplatesAsync(ListQuery query);

    /// <summary>Jobs of an instance.</summary>
    Task<Page<JobInfo>> ListJobsAsync(ListQuery query);

    /// <summary>Job declarations of an instance.</summary>
    Task<Page<DeclarationInfo>> ListDeclarationsAsync(ListQuery query);

    /// <summary>Mining job tokens of an instance.</summary>
    Task<Page<TokenInfo>> ListTokensAsync(ListQuery query);

    /// <summary>One template; null where the instance does not know it.</summary>
    Task<TemplateDetail?> GetTemplateAsync(string instance, ulong templateId);

    /// <summary>Keys of all instances of this silo.</summary>
    Task<KeyInfo[]> ListKeysAsync();

    /// <summary>Puts a new key in the place of one, and restarts the instance.</summary>
    Task<KeyRotation> RotateKeyAsync(string instance, string name);

    /// <summary>Ledgers of all instances of this silo.</summary>
    Task<LedgerSummary[]> ListLedgersAsync();

    /// <summary>Sends a table of a ledger to <paramref name="sink"/>, a part at a time. Returns when the last has been taken.</summary>
    [ResponseTimeout("12:00:00")]
    Task ExportLedgerAsync(string instance, LedgerExportRequest request, IExportSink sink);

    /// <summary>Sends an instance's clients elsewhere, and returns when they have gone or patience has ended.</summary>
    [ResponseTimeout("01:05:00")]
    Task DrainAsync(string instance, TimeSpan patience);
}

/// <summary>Where an export goes.</summary>
public interface IExportSink : IGrainObserver
{
    /// <summary>Takes the next part. The sender waits for the answer, so that no more than one part is on its way.</summary>
    [ResponseTimeout("00:05:00")]
    Task WriteAsync(byte[] part);
}
