using System.Globalization;
using Sv2.Bitcoin;
using Sv2.Mining;
using Sv2.Protocol;
using Sv2.Protocol.TemplateDistribution;
using Sv2.Roles.Ledger;
using Sv2.Roles.TemplateDistribution;

namespace Sv2.Roles.Pool;

/// <summary>How the pool puts its state into words.</summary>
internal static class PoolReport
{
    /// <summary>Health and one sentence, the gravest fault first.</summary>
    public static (RoleHealth Health, string Message) Judge(
        LedgerHealth ledger, IReadOnlyList<ProviderState> providers, PoolTemplates templates, int connections)
    {
        if (!ledger.IsWriting || ledger.IsRefusing) return (RoleHealth.Unhealthy, $"Shares cannot be booked: {ledger.Message}.");
        ProvidedTemplate? active = templates.Active;
        if (!providers.Any(provider => provider.State == UpstreamState.Connected))
        {
            string reasons = string.Join("; ", providers.Select(provider => $"{provider.Provider.Host}:{provider.Provider.Port}: {provider.Reason ?? "connecting"}"));
            return (RoleHealth.Degraded, active is null
                ? $"Waiting for a template provider ({reasons}). Miners may connect and get work as soon as there is some."
                : $"The template provider is away ({reasons}). Miners stay connected and go on with the last template.");
        }

        if (templates.Fault is { } fault) return (RoleHealth.Degraded, $"The template provider's work cannot be used: {fault}.");
        if (active is null) return (RoleHealth.Degraded, "Connected to the template provider, waiting for its first template.");
        return (RoleHealth.Healthy, $"Mining block {HeightOf(active.Message)} with {connections} connection{(connections == 1 ? "" : "s")}.");
    }

    /// <summary>Height of the block that a template is for; 0 where its coinbase does not say (BIP 34).</summary>
    public static long HeightOf(in NewTemplate template) =>
        CoinbaseRules.TryReadHeight(template.CoinbasePrefix.Span, out uint height) ? height : 0;

    /// <summary>A template as pages show it.</summary>
    /// <param name="template">The template.</param>
    /// <param name="tip">The tip it is mined on, or for a future template the one before; null where none is known.</param>
    public static TemplateInfo Describe(ProvidedTemplate template, ChainTip? tip) => new()
    {
        TemplateId = template.TemplateId,
        Height = HeightOf(template.Message),
        PrevHash = tip?.PrevHash.ToDisplayString() ?? "",
        CoinbaseValueSats = (long)template.Message.CoinbaseTxValueRemaining,
        MerklePathLength = template.Message.MerklePath.Count,
        NBits = (tip?.NBits ?? 0).ToString("x8", CultureInfo.InvariantCulture),
        Difficulty = tip is null ? 0 : Target.Difficulty(tip.Target),
        IsFuture = template.IsFuture,
        CreatedAt = template.ReceivedAt,
    };

    /// <summary>A job as pages show it.</summary>
    public static JobInfo Describe(in PoolJob job, PoolPayout payout)
    {
        NewTemplate message = job.Template.Message;
        return new JobInfo
        {
            JobId = job.Job.JobId,
            TemplateId = job.Job.TemplateId,
            IsActive = job.Tip is not null,
            IsFuture = job.Tip is null,
            Payout = job.Family.Ordinal == 0 ? "pool" : payout.NameOf(job.Job.Coinbase.Outputs),
            Version = message.Version.ToString("x8", CultureInfo.InvariantCulture),
            PrevHash = job.Tip?.PrevHash.ToDisplayString(),
            NBits = job.Tip?.NBits.ToString("x8", CultureInfo.InvariantCulture),
            CreatedAt = job.Template.ReceivedAt,
            Coinbase = CoinbaseDescription.Of(job.Job.Coinbase, payout.Network),
            MerklePath = Hex(message.MerklePath),
        };
    }

    /// <summary>Hashes as on the wire.</summary>
    public static IReadOnlyList<string> Hex(Seq<U256> hashes)
    {
        var hex = new List<string>(hashes.Count);
        foreach (U256 hash in hashes.AsSpan()) hex.Add(hash.ToString());
        return hex;
    }
}
