using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Sv2.Noise;

/// <summary>
/// Where a server is and how to recognise it: <c>stratum2+tcp://host:port/key</c>, the key being the authority public
/// key in base58check. (Protocol Security, section 4.7.)
/// </summary>
/// <param name="Host">A host name or an IP address, an IPv6 address without its brackets.</param>
/// <param name="Port">The TCP port, 1 to 65535.</param>
/// <param name="AuthorityPublicKey">The key that the server's certificate must be signed with; null when the string names none.</param>
public sealed record ConnectionString(string Host, int Port, AuthorityPublicKey? AuthorityPublicKey) : IParsable<ConnectionString>
{
    private const string Scheme = "stratum2+tcp://";
    private const int LengthMax = 400;
    private const string Form = "expected stratum2+tcp://host:port/key";

    /// <summary>Reads a connection string.</summary>
    /// <exception cref="FormatException">The text is no connection string; the message says what is wrong with it.</exception>
    public static ConnectionString Parse(string text) =>
        TryParse(text, out var result, out var error) ? result : throw new FormatException(error);

    /// <summary>Reads a connection string and says what is wrong with it.</summary>
    /// <param name="text">The connection string.</param>
    /// <param name="result">Its parts when the result is true.</param>
    /// <param name="error">One sentence when the result is false.</param>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out ConnectionString? result, [NotNullWhen(false)] out string? error)
    {
        result = null;
        if (string.IsNullOrWhiteSpace(text))
            return Fail($"The connection string is empty; {Form}.", out error);
        text = text.Trim();
        if (text.Length > LengthMax)
            return Fail($"The connection string has {text.Length} characters; at most {LengthMax} are allowed.", out error);
        if (!text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            return Fail(SchemeError(text), out error);

        var rest = text.AsSpan(Scheme.Length);
        var slash = rest.IndexOf('/');
        var keyText = slash < 0 ? default : rest[(slash + 1)..];
        if (!TryReadEndPoint(slash < 0 ? rest : rest[..slash], out var host, out var port, out error))
            return false;

        AuthorityPublicKey? key = null;
        if (!keyText.IsEmpty && !AuthorityPublicKey.TryParse(keyText.ToString(), out key, out error))
            return false;
        error = null;
        result = new ConnectionString(host, port, key);
        return true;
    }

    /// <summary>The connection string that reads back to the same parts.</summary>
    public override string ToString()
    {
        var host = Host.Contains(':') ? $"[{Host}]" : Host;
        return string.Create(CultureInfo.InvariantCulture, $"{Scheme}{host}:{Port}{(AuthorityPublicKey is null ? "" : "/")}{AuthorityPublicKey}");
    }

    static ConnectionString IParsable<ConnectionString>.Parse(string s, IFormatProvider? provider) => Parse(s);

    static bool IParsable<ConnectionString>.TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, [MaybeNullWhen(false)] out ConnectionString result) =>
        TryParse(s, out result, out _);

    private static bool TryReadEndPoint(ReadOnlySpan<char> text, [NotNullWhen(true)] out string? host, out int port, [NotNullWhen(false)] out string? error)
    {
        host = null;
        port = 0;
        var colon = text.LastIndexOf(':');
        // In "[::1]" the last colon belongs to the address.
        if (colon < 0 || text[colon..].Contains(']'))
            return Fail($"The connection string has no port; {Form}.", out error);
        var name = text[..colon];
        if (name.IsEmpty)
            return Fail($"The connection string has no host; {Form}.", out error);
        if (!int.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out port) || port is < 1 or > 65535)
            return Fail($"The port \"{text[(colon + 1)..]}\" of the connection string is not a number from 1 to 65535.", out error);
        if (name[0] == '[' && name[^1] == ']')
            name = name[1..^1];
        else if (name.Contains(':'))
            return Fail($"The host \"{name}\" of the connection string has a colon; an IPv6 address stands in brackets, as in stratum2+tcp://[::1]:34254.", out error);
        host = name.ToString();
        if (Uri.CheckHostName(host) == UriHostNameType.Unknown)
            return Fail($"The host \"{host}\" of the connection string is neither a name nor an IP address.", out error);
        error = null;
        return true;
    }

    private static string SchemeError(string text)
    {
        var end = text.IndexOf("://", StringComparison.Ordinal);
        if (end < 0)
            return $"The connection string has no scheme; {Form}.";
        var scheme = text[..end];
        var hint = scheme.StartsWith("stratum+", StringComparison.OrdinalIgnoreCase) ? " (that is Stratum V1)" : "";
        return $"The scheme of the connection string is \"{scheme}\"{hint}; {Form}.";
    }

    private static bool Fail(string reason, out string error)
    {
        error = reason;
        return false;
    }
}
