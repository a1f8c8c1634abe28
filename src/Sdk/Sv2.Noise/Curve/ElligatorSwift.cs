using System.Security.Cryptography;

namespace Sv2.Noise.Curve;

/// <summary>Fills a buffer with random bytes.</summary>
internal delegate void RandomSource(Span<byte> destination);

/// <summary>
/// ElligatorSwift: x-coordinates of public keys as 64 bytes that look random, (u, t). Every 64 bytes decode to some
/// point, and every x has very many encodings. (BIP324.)
/// </summary>
/// <remarks>Works on public keys only; its time depends on them and on the random encoding chosen.</remarks>
internal static class ElligatorSwift
{
    public const int EncodedSize = 64;

    // A square root of −3.
    private static FieldElement RootOfMinus3 => new(0xd27ae1cd5f852, 0x15da14ecd47d8, 0x797962cc61f6d, 0xf1df233770c2a, 0xa2d2ba93507);

    // (1 − c) / 2 and (1 + c) / 2, where c is that root.
    private static FieldElement HalfOneMinusRoot => new(0x96c28719501ef, 0x7512f58995c13, 0xc3434e99cf049, 0x7106e64479ea, 0x7ae96a2b657c);

    private static FieldElement HalfOnePlusRoot => new(0x693d68e6afa41, 0x8aed0a766a3ec, 0x3cbcb16630fb6, 0xf8ef919bb8615, 0x851695d49a83);

    private static FieldElement Half => new(0xfffff7ffffe18, 0xfffffffffffff, 0xfffffffffffff, 0xfffffffffffff, 0x7fffffffffff);

    /// <summary>A point with the x-coordinate that 64 bytes encode; which of the two y it has does not matter to x-only users.</summary>
    public static AffinePoint Decode(ReadOnlySpan<byte> encoded)
    {
        var u = FieldElement.FromBytesReduced(encoded);
        var t = FieldElement.FromBytesReduced(encoded[32..]);
        return Decode(u, t);
    }

    /// <summary>The map XSwiftEC: of three candidates the first that is an x-coordinate; at least one is.</summary>
    private static AffinePoint Decode(FieldElement u, FieldElement t)
    {
        if (u.IsZeroPublic())
            u = FieldElement.One;
        if (t.IsZeroPublic())
            t = FieldElement.One;
        AffinePoint.CurveEquation(out var g, u); // 2
        FieldElement.Square(out var tt, t); // 1
        FieldElement.Add(out var sum, g, tt); // 3
        if (sum.IsZeroPublic())
        {
            FieldElement.Add(out t, t, t);
            FieldElement.Square(out tt, t);
            FieldElement.Add(out sum, g, tt);
        }

        // X = (g − t²) / 2t and Y = (X + t) / (c·u) as fractions: Y = sum / (2t·c·u), X/Y = (g − t²)·c·u / sum.
        // The inverse of both denominators' product gives them both.
        FieldElement.Subtract(out var difference, g, tt, 1); // 4
        FieldElement.Multiply(out var cu, RootOfMinus3, u);
        FieldElement.Add(out var twoT, t, t);
        FieldElement.Multiply(out var yDenominator, twoT, cu);
        FieldElement.Multiply(out var both, yDenominator, sum);
        DivisionSteps.InvertPublic(out var inverse, both);

        FieldElement.Square(out var ssum, sum);
        FieldElement.Multiply(out var y, ssum, inverse);
        FieldElement.Square(out var candidate, y);
        FieldElement.MultiplySmall(out candidate, candidate, 4);
        FieldElement.Add(out candidate, candidate, u); // u + 4Y²
        if (TryPoint(candidate, out var point))
            return point;

        FieldElement.Multiply(out var ratio, difference, cu);
        FieldElement.Multiply(out ratio, ratio, yDenominator);
        FieldElement.Multiply(out ratio, ratio, inverse); // X/Y
        FieldElement.Add(out candidate, ratio, u);
        FieldElement.Multiply(out candidate, candidate, Half);
        FieldElement.Negate(out candidate, candidate, 1); // (−X/Y − u) / 2
        if (TryPoint(candidate, out point))
            return point;

        FieldElement.Subtract(out candidate, ratio, u, 1);
        FieldElement.Multiply(out candidate, candidate, Half); // (X/Y − u) / 2
        if (TryPoint(candidate, out point))
            return point;
        throw new CryptographicException("No candidate of an ElligatorSwift encoding is on the curve: the arithmetic is broken.");
    }

    /// <summary>Encodes a public key's x-coordinate with a random u, and one of its up to eight t.</summary>
    /// <param name="x">32 bytes, an x-coordinate on the curve.</param>
    /// <param name="random">The source of u and of the choice among the t.</param>
    /// <param name="encoded">Receives 64 bytes.</param>
    public static void Encode(ReadOnlySpan<byte> x, RandomSource random, Span<byte> encoded)
    {
        var target = FieldElement.FromBytesReduced(x);
        // A draw in four leads to a t, and the source costs more by the call than by the byte.
        const int DrawSize = FieldElement.Size + 1;
        Span<byte> draws = stackalloc byte[4 * DrawSize];
        for (var next = draws.Length; ; next += DrawSize)
        {
            if (next == draws.Length)
            {
                random(draws);
                next = 0;
            }
            var draw = draws.Slice(next, DrawSize);
            var u = FieldElement.FromBytesReduced(draw);
            if (u.IsZeroPublic() || !TryInvert(target, u, draw[^1] & 7, out var t))
                continue;
            u.Write(encoded);
            t.Write(encoded[32..]);
            return;
        }
    }

    /// <summary>
    /// The inverse of the map for a given u: the t that leads to x in one of eight ways, or false where that way has
    /// none. (BIP324's XSwiftECInv, with its numbering of the cases.)
    /// </summary>
    public static bool TryInvert(in FieldElement x, in FieldElement u, int way, out FieldElement t)
    {
        t = default;
        FieldElement v;
        FieldElement s;
        if ((way & 2) == 0)
        {
            // Here x is the second or third candidate, so the first one, −x − u, may not be an x-coordinate.
            FieldElement.Add(out var xu, x, u);
            FieldElement.Negate(out var other, xu, 2);
            AffinePoint.CurveEquation(out var g, other);
            if (DivisionSteps.IsSquarePublic(g))
                return false;
            v = x;
            AffinePoint.CurveEquation(out g, u);
            // s = −g / (u² + uv + v²), which is a square if the product of the two is: most draws end before the division.
            FieldElement.Square(out var denominator, xu);
            FieldElement.Multiply(out var ux, u, x);
            FieldElement.Subtract(out denominator, denominator, ux, 1);
            FieldElement.Multiply(out var product, g, denominator);
            FieldElement.Negate(out product, product, 1);
            if (!DivisionSteps.IsSquarePublic(product))
                return false;
            DivisionSteps.InvertPublic(out var inverse, denominator);
            FieldElement.Multiply(out s, g, inverse);
            FieldElement.Negate(out s, s, 1);
        }
        else
        {
            FieldElement.Subtract(out s, x, u, 1); // 3
            if (s.IsZeroPublic() || !DivisionSteps.IsSquarePublic(s))
                return false;
            AffinePoint.CurveEquation(out var g, u);
            // r² = −s·(4g + 3s·u²)
            FieldElement.Square(out var inner, u);
            FieldElement.Multiply(out inner, inner, s);
            FieldElement.MultiplySmall(out inner, inner, 3);
            FieldElement.MultiplySmall(out g, g, 4);
            FieldElement.Add(out inner, inner, g);
            FieldElement.Multiply(out inner, inner, s);
            FieldElement.Negate(out inner, inner, 1);
            if (!DivisionSteps.IsSquarePublic(inner))
                return false;
            if (!FieldElement.TrySquareRootPublic(out var r, inner) || ((way & 1) != 0 && r.IsZeroPublic()))
                return false;
            // v = (r/s − u) / 2
            DivisionSteps.InvertPublic(out var inverse, s);
            FieldElement.Multiply(out v, r, inverse);
            FieldElement.Subtract(out v, v, u, 1);
            FieldElement.Multiply(out v, v, Half);
        }
        if (!FieldElement.TrySquareRootPublic(out var w, s))
            return false;

        FieldElement.Multiply(out var scaled, u, (way & 1) == 0 ? HalfOneMinusRoot : HalfOnePlusRoot);
        FieldElement.Add(out scaled, scaled, v);
        FieldElement.Multiply(out t, w, scaled);
        if ((way & 5) is 0 or 5)
            FieldElement.Negate(out t, t, 1);
        t.Normalize();
        return true;
    }

    /// <summary>
    /// The key agreement's result: the tagged hash of both encodings, the initiator's always first, and the shared
    /// x-coordinate. (BIP324, "Shared secret computation"; Protocol Security, section 4.4.2.)
    /// </summary>
    public static void HashSharedX(ReadOnlySpan<byte> initiator, ReadOnlySpan<byte> responder, ReadOnlySpan<byte> sharedX, Span<byte> secret)
    {
        Span<byte> input = stackalloc byte[EncodedSize + EncodedSize + FieldElement.Size];
        initiator[..EncodedSize].CopyTo(input);
        responder[..EncodedSize].CopyTo(input[EncodedSize..]);
        sharedX[..FieldElement.Size].CopyTo(input[(2 * EncodedSize)..]);
        TaggedHash.SharedSecret.Compute(input, secret);
        CryptographicOperations.ZeroMemory(input);
    }

    private static bool TryPoint(in FieldElement x, out AffinePoint point)
    {
        point.X = x;
        point.X.Normalize();
        point.Y = default;
        AffinePoint.CurveEquation(out var right, point.X);
        return DivisionSteps.IsSquarePublic(right) && FieldElement.TrySquareRootPublic(out point.Y, right);
    }
}
