using System.Diagnostics.CodeAnalysis;

namespace Sv2.Bitcoin;

/// <summary>Addresses: the text form of standard output scripts (base58check, bech32, bech32m).</summary>
public static class Address
{
    private const int HashSize = 20;

    /// <summary>Reads an address of the given network.</summary>
    /// <param name="text">The address.</param>
    /// <param name="network">The network it must belong to.</param>
    /// <param name="script">The output script, when the result is <see langword="true"/>.</param>
    /// <param name="error">What is wrong, when the result is <see langword="false"/>; names the other network where it belongs to one.</param>
    /// <returns>Whether it is a valid address of this network.</returns>
    public static bool TryParse(string text, Network network, out Script script, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(network);
        if (TryRead(text, network, out script, out error))
            return true;
        foreach (Network other in Network.All)
        {
            if (other.Bech32Prefix == network.Bech32Prefix || !TryRead(text, other, out script, out _))
                continue;
            error = $"address {text} belongs to {other.Name}, not to {network.Name}";
            script = default;
            break;
        }
        return false;
    }

    /// <summary>Reads an address of the given network.</summary>
    /// <param name="text">The address.</param>
    /// <param name="network">The network it must belong to.</param>
    /// <returns>The output script.</returns>
    /// <exception cref="FormatException">It is not a valid address of this network; the message says why.</exception>
    public static Script Parse(string text, Network network) =>
        TryParse(text, network, out Script script, out string? error) ? script : throw new FormatException(error);

    /// <summary>Writes the address of an output script.</summary>
    /// <param name="script">The output script.</param>
    /// <param name="network">The network.</param>
    /// <param name="text">The address, when the result is <see langword="true"/>.</param>
    /// <returns><see langword="false"/> when the script has no address, such as OP_RETURN or a bare public key.</returns>
    public static bool TryFormat(Script script, Network network, [NotNullWhen(true)] out string? text)
    {
        ArgumentNullException.ThrowIfNull(network);
        text = null;
        if (script.TryGetWitnessProgram(out int version, out ReadOnlySpan<byte> program))
        {
            if (version > 0 || program.Length is 20 or 32)
                text = Bech32.Encode(network.Bech32Prefix, version, program);
        }
        else if (script.IsPayToScriptHash)
            text = Base58.EncodeCheck([network.ScriptHashVersion, .. script.Span.Slice(2, HashSize)]);
        else if (script.Length == 25 && script == Script.PayToPublicKeyHash(script.Span.Slice(3, HashSize)))
            text = Base58.EncodeCheck([network.PublicKeyHashVersion, .. script.Span.Slice(3, HashSize)]);
        return text is not null;
    }

    private static bool TryRead(string text, Network network, out Script script, [NotNullWhen(false)] out string? error)
    {
        script = default;
        if (Bech32.HasPrefix(text, network.Bech32Prefix))
        {
            if (Bech32.TryDecode(text, network.Bech32Prefix, out int version, out byte[]? program, out error))
                script = Script.PayToWitness(version, program);
        }
        else if (Base58.TryDecodeCheck(text, out byte[]? payload, out error))
        {
            if (payload.Length != 1 + HashSize)
                error = $"{payload.Length} bytes are not a version and a 20-byte hash";
            else if (payload[0] == network.PublicKeyHashVersion)
                script = Script.PayToPublicKeyHash(payload.AsSpan(1));
            else if (payload[0] == network.ScriptHashVersion)
                script = Script.PayToScriptHash(payload.AsSpan(1));
            else
                error = $"version {payload[0]} is not one of {network.Name}";
        }
        if (error is not null)
            error = $"address {text}: {error}";
        return error is null;
    }
}
