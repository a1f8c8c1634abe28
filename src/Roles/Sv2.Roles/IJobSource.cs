using System.Text.Json.Serialization;

namespace Sv2.Roles;

/// <summary>A role that makes mining jobs.</summary>
public interface IJobSource
{
    /// <summary>The jobs that are alive, the active ones first. Must not hold up the data plane.</summary>
    ValueTask<Page<JobInfo>> ListJobsAsync(ListQuery query, CancellationToken cancellationToken);
}

/// <summary>A job as the role gives it to its miners.</summary>
public sealed record JobInfo
{
    /// <summary>The role instance; the host fills it in.</summary>
    public string Instance { get; init; } = "";

    /// <summary>job_id, the same on every channel.</summary>
    public required uint JobId { get; init; }

    /// <summary>The template it was made from. A string in JSON, because browsers round numbers above 2^53.</summary>
    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public required ulong TemplateId { get; init; }

    /// <summary>Whether miners work on it now.</summary>
    public required bool IsActive { get; init; }

    /// <summary>Whether it waits for a SetNewPrevHash.</summary>
    public required bool IsFuture { get; init; }

    /// <summary>Whom it pays: <c>pool</c>, or the address of a solo miner.</summary>
    public required string Payout { get; init; }

    /// <summary>Block version, eight hex digits.</summary>
    public required string Version { get; init; }

    /// <summary>Hash of the block that it builds on, display order; null for a future job.</summary>
    public string? PrevHash { get; init; }

    /// <summary>Network target as nBits, eight hex digits; null for a future job.</summary>
    public string? NBits { get; init; }

    /// <summary>When its template arrived.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The coinbase, decoded.</summary>
    public required CoinbaseInfo Coinbase { get; init; }

    /// <summary>Merkle path of the coinbase, from the leaf up, hex as on the wire.</summary>
    public required IReadOnlyList<string> MerklePath { get; init; }
}
