using System.ComponentModel.DataAnnotations;
using System.Text;
using Sv2.Noise;

namespace Sv2.Roles.Upstreams;

/// <summary>One pool of a role's list, as it is configured.</summary>
public sealed record UpstreamPoolOptions
{
    /// <summary>Where it is: <c>stratum2+tcp://host:port/authority-key</c>.</summary>
    [Required, StringLength(400)]
    public string Address { get; init; } = "";

    /// <summary>Who mines, as this pool wants it: usually <c>account.worker</c>, or a payout address. Empty: the role's own <c>userIdentity</c>.</summary>
    [StringLength(255)]
    public string UserIdentity { get; init; } = "";

    /// <summary>What is wrong with a list of pools beyond what annotations say; nothing when all is well.</summary>
    /// <param name="pools">The list.</param>
    /// <param name="key">The list's key in the configuration, such as <c>pools</c>.</param>
    public static IEnumerable<ConfigurationProblem> Validate(IReadOnlyList<UpstreamPoolOptions> pools, string key)
    {
        const string Fix = "give stratum2+tcp://host:port/authority-key";
        for (int i = 0; i < pools.Count; i++)
        {
            if (!ConnectionString.TryParse(pools[i].Address, out ConnectionString? pool, out string? error))
                yield return new ConfigurationProblem($"{key}[{i}].address", error, Fix);
            else if (pool.AuthorityPublicKey is null)
                yield return new ConfigurationProblem($"{key}[{i}].address", "the authority key is missing, so nobody could tell this pool from another", Fix);
            if (Encoding.UTF8.GetByteCount(pools[i].UserIdentity) > byte.MaxValue)
                yield return new ConfigurationProblem($"{key}[{i}].userIdentity", $"more than {byte.MaxValue} bytes in UTF-8");
        }
    }

    /// <summary>The pools as the list of upstreams takes them.</summary>
    /// <param name="pools">A validated list.</param>
    /// <param name="userIdentity">The identity for pools that have none of their own.</param>
    public static IReadOnlyList<UpstreamPool> Resolve(IReadOnlyList<UpstreamPoolOptions> pools, string userIdentity) =>
        [.. pools.Select(pool => new UpstreamPool(ConnectionString.Parse(pool.Address), pool.UserIdentity.Length > 0 ? pool.UserIdentity : userIdentity))];
}

/// <summary>One pool of a role's list.</summary>
/// <param name="Address">Where it is, with its authority key.</param>
/// <param name="UserIdentity">Who mines there.</param>
public sealed record UpstreamPool(ConnectionString Address, string UserIdentity)
{
    /// <summary>Host and port, for logs and events.</summary>
    public string Name => $"{Address.Host}:{Address.Port}";
}
