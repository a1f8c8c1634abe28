using System.Diagnostics.CodeAnalysis;
using Sv2.Noise;

namespace Sv2.Roles.MiningDevice;

/// <summary>
/// The address of a pool: <c>stratum2+tcp://host:port/authority-key</c>, or <c>stratum+tcp://host:port</c> for one that
/// speaks Stratum V1.
/// </summary>
/// <param name="Host">Name or address.</param>
/// <param name="Port">TCP port.</param>
/// <param name="Sv2">The connection string; null for Stratum V1.</param>
internal sealed record DevicePool(string Host, int Port, ConnectionString? Sv2)
{
    private const string Sv1Scheme = "stratum+tcp";

    /// <summary>A pool that speaks Stratum V2.</summary>
    public static implicit operator DevicePool(ConnectionString pool) => new(pool.Host, pool.Port, pool);

    /// <summary>Reads an address that was validated.</summary>
    public static DevicePool Parse(string text) =>
        TryParse(text, out DevicePool? pool, out string? error) ? pool : throw new FormatException(error);

    /// <summary>Reads an address, or says what is wrong with it.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out DevicePool? pool, [NotNullWhen(false)] out string? error)
    {
        pool = null;
        error = null;
        if (text.StartsWith($"{Sv1Scheme}://", StringComparison.OrdinalIgnoreCase))
        {
            if (Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.Port > 0 && uri.Host.Length > 0 && uri.AbsolutePath is "" or "/")
                pool = new DevicePool(uri!.IdnHost, uri.Port, null);
            else
                error = "not stratum+tcp://host:port";
        }
        else if (ConnectionString.TryParse(text, out ConnectionString? sv2, out error))
        {
            if (sv2.AuthorityPublicKey is null)
                error = "the authority key is missing, so nobody could tell this pool from another";
            else
                pool = sv2;
        }
        return pool is not null;
    }

    /// <inheritdoc/>
    public override string ToString() => Sv2?.ToString() ?? $"{Sv1Scheme}://{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}";
}
