using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Sv2.ControlPlane.Api;

/// <summary>
/// Names that miners choose, made fit for a path: as they are where they consist of letters, digits, points, hyphens and
/// underscores, else a tilde and base64url.
/// </summary>
internal static class PathId
{
    private const int LengthMax = 1000;
    private const char Mark = '~';

    public static string Of(string name) =>
        // Clients take "." and ".." for steps in a path.
        name.Length > 0 && name.Trim('.').Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_')
            ? name
            : Mark + Base64Url.EncodeToString(Encoding.UTF8.GetBytes(name));

    public static bool TryRead(string id, [NotNullWhen(true)] out string? name)
    {
        name = id;
        if (id.Length is 0 or > LengthMax)
            return false;
        if (id[0] != Mark)
            return true;
        if (!Base64Url.IsValid(id.AsSpan(1)))
            return false;
        name = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(id.AsSpan(1)));
        return true;
    }
}
