using System.Diagnostics.CodeAnalysis;

namespace Sv2.Bitcoin;

/// <summary>
/// An output descriptor (BIP 380) that stands for one output script: <c>addr(ADDRESS)</c>, <c>raw(HEX)</c>,
/// <c>pkh(KEY)</c>, <c>wpkh(KEY)</c>, <c>sh(wpkh(KEY))</c>, <c>tr(KEY)</c> and <c>rawtr(KEY)</c>. KEY is a public key in
/// hexadecimal, with or without its origin in brackets; extended keys are not taken. A checksum is checked where it is given.
/// </summary>
public sealed record OutputDescriptor
{
    private const int CompressedKeySize = 33;
    private const int RawScriptMax = 10_000;

    private OutputDescriptor(string text, Script script)
    {
        Text = text;
        Script = script;
    }

    /// <summary>The descriptor without its checksum.</summary>
    public string Text { get; }

    /// <summary>The output script it stands for.</summary>
    public Script Script { get; }

    /// <summary>Reads a descriptor, or a bare address, which means <c>addr(ADDRESS)</c>.</summary>
    /// <param name="text">The text, with or without <c>#</c> and checksum.</param>
    /// <param name="network">The network that addresses must belong to.</param>
    /// <param name="descriptor">The descriptor, when the result is <see langword="true"/>.</param>
    /// <param name="error">What is wrong and what is expected, when the result is <see langword="false"/>.</param>
    /// <returns>Whether it could be read.</returns>
    public static bool TryParse(string text, Network network, [NotNullWhen(true)] out OutputDescriptor? descriptor, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(network);
        descriptor = null;
        string body = text.Trim();
        int hash = body.LastIndexOf('#');
        if (hash >= 0)
        {
            string given = body[(hash + 1)..];
            body = body[..hash];
            if (DescriptorChecksum.Of(body) != given)
            {
                error = $"descriptor checksum '{given}' does not match; {DescriptorChecksum.Of(body) ?? "none"} would";
                return false;
            }
        }
        if (!body.Contains('('))
            body = $"addr({body})";
        if (TryExpand(body, network, out Script script, out error))
            descriptor = new OutputDescriptor(body, script);
        return descriptor is not null;
    }

    /// <summary>Reads a descriptor, or a bare address.</summary>
    /// <param name="text">The text, with or without <c>#</c> and checksum.</param>
    /// <param name="network">The network that addresses must belong to.</param>
    /// <returns>The descriptor.</returns>
    /// <exception cref="FormatException">It could not be read; the message says why.</exception>
    public static OutputDescriptor Parse(string text, Network network) =>
        TryParse(text, network, out OutputDescriptor? descriptor, out string? error) ? descriptor : throw new FormatException(error);

    /// <summary>The descriptor with its checksum.</summary>
    /// <returns>For example <c>raw(deadbeef)#89f8spxm</c>.</returns>
    public override string ToString() => $"{Text}#{DescriptorChecksum.Of(Text)}";

    private static bool TryExpand(string body, Network network, out Script script, [NotNullWhen(false)] out string? error)
    {
        script = default;
        int open = body.IndexOf('(');
        if (body[^1] != ')')
        {
            error = $"descriptor {body}: the closing parenthesis is missing";
            return false;
        }
        string function = body[..open];
        string argument = body[(open + 1)..^1];
        switch (function)
        {
            case "addr":
                return Address.TryParse(argument, network, out script, out error);
            case "raw":
                return TryRaw(argument, out script, out error);
            case "sh" when argument.StartsWith("wpkh(", StringComparison.Ordinal):
                if (!TryExpand(argument, network, out Script inner, out error))
                    return false;
                script = Script.PayToScriptHash(Ripemd160.Hash160(inner.Span));
                return true;
            case "pkh" or "wpkh" or "tr" or "rawtr":
                return TryKey(function, argument, out script, out error);
            default:
                error = $"descriptor {body}: '{function}' is not one of addr, raw, pkh, wpkh, sh(wpkh), tr, rawtr";
                return false;
        }
    }

    private static bool TryRaw(string hex, out Script script, [NotNullWhen(false)] out string? error)
    {
        script = default;
        error = null;
        if (hex.Length > 2 * RawScriptMax)
            error = $"descriptor raw: {hex.Length / 2} bytes exceed {RawScriptMax}";
        else if (!TryHex(hex, out byte[] bytes))
            error = "descriptor raw: the script is not hexadecimal";
        else
            script = new Script(bytes);
        return error is null;
    }

    private static bool TryKey(string function, string argument, out Script script, [NotNullWhen(false)] out string? error)
    {
        script = default;
        error = null;
        // [fingerprint/path] says where the key comes from and changes nothing.
        string hex = argument.StartsWith('[') ? argument[(argument.IndexOf(']') + 1)..] : argument;
        if (!TryHex(hex, out byte[] key))
            error = $"descriptor {function}: the key must be a public key in hexadecimal; for a wallet's extended key, use addr(ADDRESS)";
        else if (function is "pkh" or "wpkh")
            script = FromKeyHash(function, key, ref error);
        else
            script = FromTaprootKey(function, key, ref error);
        return error is null;
    }

    private static Script FromKeyHash(string function, byte[] key, ref string? error)
    {
        bool compressed = key.Length == CompressedKeySize && key[0] is (2 or 3);
        if (!compressed || !TaprootKey.IsValid(key.AsSpan(1)))
        {
            error = $"descriptor {function}: the key must be a compressed public key, 33 bytes that start with 02 or 03";
            return default;
        }
        byte[] hash = Ripemd160.Hash160(key);
        return function == "pkh" ? Script.PayToPublicKeyHash(hash) : Script.PayToWitness(0, hash);
    }

    private static Script FromTaprootKey(string function, byte[] key, ref string? error)
    {
        // A compressed key stands for its x coordinate.
        ReadOnlySpan<byte> xOnly = key.Length == CompressedKeySize && key[0] is (2 or 3) ? key.AsSpan(1) : key;
        if (TaprootKey.IsValid(xOnly))
        {
            if (function == "rawtr")
                return Script.PayToWitness(1, xOnly);
            if (TaprootKey.TryTweak(xOnly, out byte[]? outputKey))
                return Script.PayToWitness(1, outputKey);
        }
        error = $"descriptor {function}: the key must be a public key on the curve, 32 bytes (or 33 that start with 02 or 03)";
        return default;
    }

    private static bool TryHex(string hex, out byte[] bytes)
    {
        bytes = new byte[hex.Length / 2];
        return hex.Length % 2 == 0 && Convert.FromHexString(hex, bytes, out _, out _) == System.Buffers.OperationStatus.Done;
    }
}
