using System.Diagnostics.CodeAnalysis;
using Sv2.Protocol;

namespace Sv1;

/// <summary>The answer to <c>mining.subscribe</c>, and the parameters of <c>mining.set_extranonce</c>.</summary>
/// <param name="Extranonce1">The server's part of the extranonce; may be empty.</param>
/// <param name="Extranonce2Size">Bytes of the miner's part.</param>
public readonly record struct SubscribeResult(ByteString Extranonce1, int Extranonce2Size)
{
    /// <summary>Most bytes of either part that are accepted.</summary>
    public const int SizeMax = 32;

    /// <summary>Reads the answer to <c>mining.subscribe</c>: subscriptions, extranonce1, extranonce2_size.</summary>
    /// <param name="result">The result of the response.</param>
    /// <param name="subscription">What it grants, when the result is <see langword="true"/>.</param>
    /// <param name="error">Which element is wrong, when the result is <see langword="false"/>.</param>
    /// <returns>Whether the answer is well-formed.</returns>
    public static bool TryRead(Sv1Value result, out SubscribeResult subscription, [NotNullWhen(false)] out string? error)
    {
        Sv1Values elements = result.Items;
        _ = elements.Next();
        return TryReadPair(elements, out subscription, out error);
    }

    /// <summary>Reads the parameters of <c>mining.set_extranonce</c>: extranonce1, extranonce2_size.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="subscription">What they grant, when the result is <see langword="true"/>.</param>
    /// <param name="error">Which parameter is wrong, when the result is <see langword="false"/>.</param>
    /// <returns>Whether they are well-formed.</returns>
    public static bool TryReadPair(Sv1Values parameters, out SubscribeResult subscription, [NotNullWhen(false)] out string? error)
    {
        Span<byte> bytes = stackalloc byte[SizeMax];
        Sv1Value extranonce1 = parameters.Next();
        subscription = default;
        error = null;
        if (!extranonce1.TryGetHex(bytes, out int size))
            error = $"extranonce1: not up to {SizeMax} hexadecimal bytes";
        else if (!parameters.Next().TryGetInt32(out int size2) || size2 is < 1 or > SizeMax)
            error = $"extranonce2_size: not in 1..{SizeMax}";
        else
            subscription = new SubscribeResult(ByteString.CopyOf(bytes[..size]), size2);
        return error is null;
    }
}
