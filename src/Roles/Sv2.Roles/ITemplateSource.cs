using System.Text.Json.Serialization;

namespace Sv2.Roles;

/// <summary>A role that makes or uses block templates.</summary>
public interface ITemplateSource
{
    /// <summary>The templates that are alive, the newest first.</summary>
    ValueTask<Page<TemplateInfo>> ListTemplatesAsync(ListQuery query, CancellationToken cancellationToken);

    /// <summary>One template with all that is known of it; null where it is not known (any more).</summary>
    ValueTask<TemplateDetail?> GetTemplateAsync(ulong templateId, CancellationToken cancellationToken) => ValueTask.FromResult<TemplateDetail?>(null);
}

/// <summary>A template with its coinbase decoded.</summary>
/// <param name="Template">What the list shows.</param>
/// <param name="Version">Block version, eight hex digits.</param>
/// <param name="Coinbase">What the template says of the coinbase.</param>
/// <param name="MerklePath">Merkle path of the coinbase, from the leaf up, hex as on the wire.</param>
public sealed record TemplateDetail(TemplateInfo Template, string Version, CoinbaseInfo Coinbase, IReadOnlyList<string> MerklePath);

/// <summary>A block template.</summary>
public sealed record TemplateInfo
{
    /// <summary>The role instance; the host fills it in.</summary>
    public string Instance { get; init; } = "";

    /// <summary>template_id of the Template Distribution Protocol. A string in JSON, because browsers round numbers above 2^53.</summary>
    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public required ulong TemplateId { get; init; }

    public required long Height { get; init; }

    /// <summary>Hash of the block that it builds on, display order, lower-case hex.</summary>
    public required string PrevHash { get; init; }

    /// <summary>Subsidy and fees in satoshi.</summary>
    public required long CoinbaseValueSats { get; init; }

    /// <summary>Number of transactions without the coinbase; null where only the merkle path is known.</summary>
    public int? TransactionCount { get; init; }

    /// <summary>Length of the coinbase's merkle path.</summary>
    public required int MerklePathLength { get; init; }

    /// <summary>Network target as nBits, eight hex digits.</summary>
    public required string NBits { get; init; }

    /// <summary>Network difficulty.</summary>
    public required double Difficulty { get; init; }

    /// <summary>Whether it waits for a SetNewPrevHash.</summary>
    public required bool IsFuture { get; init; }

    /// <summary>When it was made or received.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}
