using Sv2.Noise;
using Sv2.Transport;

namespace Sv2.Roles.TemplateDistribution;

/// <summary>What a <see cref="TemplateClient"/> needs to know. The role that owns the client fills it from its own options.</summary>
public sealed class TemplateClientOptions
{
    /// <summary>The template providers in order of preference; at least one, at most <see cref="ProvidersMax"/>.</summary>
    public required IReadOnlyList<ConnectionString> Providers { get; init; }

    /// <summary>Most providers a list may name.</summary>
    public const int ProvidersMax = 16;

    /// <summary>With whom templates are shared; null for a connection of its own at all times.</summary>
    public TemplateSharing? Sharing { get; init; }

    /// <summary>Where solutions wait until they are known to have arrived. Created when missing.</summary>
    public required string SolutionsDirectory { get; init; }

    /// <summary>Who the client says it is in SetupConnection (3.6.1): the role, such as <c>pool</c>.</summary>
    public required string Role { get; init; }

    /// <summary>What to do with a connection string that names no authority key; refuse it unless the operator says otherwise.</summary>
    public KeylessPolicy WithoutKey { get; init; } = KeylessPolicy.Refuse;

    /// <summary>Longest time for TCP connection, handshake and setup together.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest time from CoinbaseOutputConstraints to the first SetNewPrevHash; the server must answer immediately (7).</summary>
    public TimeSpan FirstTemplateTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest time for an answer to RequestTransactionData.</summary>
    public TimeSpan TransactionDataTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>First wait after a provider failed; doubles with each further failure, with jitter.</summary>
    public TimeSpan BackoffMin { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Longest wait between two attempts at one provider.</summary>
    public TimeSpan BackoffMax { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often a preferred provider is tried while a later one of the list serves.</summary>
    public TimeSpan ReturnInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A solution that no tip has settled is held to have arrived after its connection has lived this long.</summary>
    public TimeSpan SolutionSettleTime { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>A solution that could not be delivered for this long is given up, with an error in the log.</summary>
    public TimeSpan SolutionLifetime { get; init; } = TimeSpan.FromHours(6);

    /// <summary>Future templates kept at a time; beyond it the oldest is dropped.</summary>
    public int FutureTemplatesMax { get; init; } = 32;
}
