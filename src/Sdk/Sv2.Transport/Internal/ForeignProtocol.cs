namespace Sv2.Transport.Internal;

/// <summary>Recognises what else people point at a Stratum V2 port, to say so in the error. Never decides anything.</summary>
internal static class ForeignProtocol
{
    /// <summary>A guess at what the first bytes of a connection are, or null.</summary>
    internal static string? Recognise(ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith("{\""u8) || bytes.StartsWith("{ \""u8)) return "the client seems to speak Stratum V1 (JSON)";
        if (bytes.StartsWith("GET "u8) || bytes.StartsWith("POST "u8) || bytes.StartsWith("HEAD "u8)) return "the client seems to speak HTTP";
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0x16, 0x03])) return "the client seems to speak TLS";
        if (bytes.StartsWith("SSH-"u8)) return "the client seems to speak SSH";
        // Header of a plain SetupConnection: extension 0, type 0, length below 2^16.
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0, 0, 0]) && bytes[5] == 0) return "the client seems to speak Stratum V2 without encryption";
        return null;
    }
}
