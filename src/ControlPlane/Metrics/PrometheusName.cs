using System.Text;

namespace Sv2.ControlPlane.Metrics;

/// <summary>Prometheus' spelling of instrument names: <c>sv2.pool.shares</c> becomes <c>sv2_pool_shares_total</c>.</summary>
internal static class PrometheusName
{
    public static string Of(string name, string? unit, SeriesKind kind)
    {
        var text = new StringBuilder(Clean(name));
        string suffix = unit switch
        {
            "s" => "_seconds",
            "ms" => "_milliseconds",
            "By" => "_bytes",
            "H/s" => "_hashes_per_second",
            "Hz" => "_hertz",
            "1" when kind == SeriesKind.Gauge => "_ratio",
            _ => "",
        };
        // The unit once: sv2.bytes.sent is sv2_bytes_sent_total.
        if (suffix.Length > 0 && !$"_{text}_".Contains(suffix + "_", StringComparison.Ordinal))
            text.Append(suffix);
        if (kind == SeriesKind.Counter && !text.ToString().EndsWith("_total", StringComparison.Ordinal))
            text.Append("_total");
        return text.ToString();
    }

    /// <summary>Letters, digits and underscores, no digit first.</summary>
    public static string Clean(string name)
    {
        var text = new StringBuilder(name.Length + 1);
        foreach (char c in name)
            text.Append(char.IsAsciiLetterOrDigit(c) ? char.ToLowerInvariant(c) : '_');
        if (text.Length == 0 || char.IsAsciiDigit(text[0]))
            text.Insert(0, '_');
        return text.ToString();
    }
}
