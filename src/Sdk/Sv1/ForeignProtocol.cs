namespace Sv1;

/// <summary>Guesses what a peer speaks that does not speak Stratum V1, for a reason that helps.</summary>
internal static class ForeignProtocol
{
    public static string Hint(ReadOnlySpan<byte> line)
    {
        if (line.StartsWith("GET "u8) || line.StartsWith("POST "u8) || line.StartsWith("HEAD "u8))
            return " (it looks like HTTP)";
        if (line.Length > 2 && line[0] == 0x16 && line[1] == 0x03)
            return " (it looks like TLS)";
        return line.ContainsAnyExceptInRange((byte)0x09, (byte)0x7e) ? " (it may be Stratum V2 or another binary protocol)" : "";
    }
}
