using Sv2.Bitcoin;
using Sv2.Protocol.TemplateDistribution;

namespace Sv2.Roles.TemplateProvider;

/// <summary>
/// What a client keeps for its own outputs in the coinbase (7.1). Clients with equal constraints share their templates.
/// </summary>
/// <param name="AdditionalSize">Bytes of the outputs that the client adds.</param>
/// <param name="AdditionalSigops">Sigop cost of them, on the scale of 80 000 for a block.</param>
internal readonly record struct TemplateConstraints(uint AdditionalSize, ushort AdditionalSigops)
{
    public const int BlockWeightMax = 4_000_000;
    public const int BlockSigopCostMax = 80_000;


    /// <summary>Weight kept free for header, transaction count and coinbase (7.1).</summary>
    public int ReservedWeight => CoinbaseRules.ReservedWeight(AdditionalSize);

    /// <summary>Weight that the template's transactions may have.</summary>
    public int TransactionsWeightMax => BlockWeightMax - ReservedWeight;

    /// <summary>Sigop cost that the template's transactions may have.</summary>
    public int TransactionsSigopCostMax => BlockSigopCostMax - AdditionalSigops;

    /// <summary>Null, or why no block can be made under these constraints.</summary>
    public string? Fault() => TransactionsWeightMax >= 0
        ? null
        : $"coinbase_output_max_additional_size {AdditionalSize} reserves {ReservedWeight} weight units, a block has {BlockWeightMax}";

    public static TemplateConstraints Of(in CoinbaseOutputConstraintsView message) =>
        new(message.CoinbaseOutputMaxAdditionalSize, message.CoinbaseOutputMaxAdditionalSigops);
}
