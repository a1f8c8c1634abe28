using System.ComponentModel.DataAnnotations;

namespace Sv2.Roles.Pool;

/// <summary>Jobs that miners choose themselves, by a job declarator client and a job declarator server.</summary>
public sealed record JobDeclarationOptions
{
    /// <summary>
    /// Whether miners may bring jobs of their own (<c>SetCustomMiningJob</c>). Without it clients that require work selection
    /// are refused at setup.
    /// </summary>
    public bool Enabled { get; init; }

    /// <summary>
    /// Public keys of the declarator servers whose tokens are taken, as they log them at their start. The pool's own authority
    /// key is always among them, so a server that uses the pool's key file needs none here.
    /// </summary>
    [MaxLength(16)]
    public IReadOnlyList<string> TokenKeys { get; init; } = [];

    /// <summary>
    /// Whether jobs are taken whose transactions no declarator server has seen (coinbase-only mode). Such a job's fees are what
    /// its miner says.
    /// </summary>
    public bool CoinbaseOnly { get; init; } = true;

    /// <summary>
    /// Least value of a custom job's coinbase, in percent of what the pool's own template of the moment is worth: nobody shall
    /// be credited for blocks whose value is thrown away. Fees differ between templates, so 100 would refuse good jobs.
    /// </summary>
    [Range(0.0, 100.0)]
    public double RevenuePercentMin { get; init; } = 50;

    /// <summary>Used tokens that are remembered until they expire; beyond it custom jobs are refused until some have.</summary>
    [Range(1_000, 10_000_000)]
    public int UsedTokensMax { get; init; } = 1_000_000;
}
