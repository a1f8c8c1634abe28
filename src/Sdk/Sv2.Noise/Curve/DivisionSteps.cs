using System.Numerics;
using System.Runtime.CompilerServices;

namespace Sv2.Noise.Curve;

/// <summary>
/// Inverses and Jacobi symbols of public field elements by a variant of Bernstein and Yang's division steps, several
/// times faster than the fixed chains of <see cref="FieldElement"/>. Their time depends on the element.
/// </summary>
/// <remarks>
/// The pair (f, g) starts as (p, a). Each step halves g, or exchanges the two or adds a multiple of f to g so that the
/// next step can, until f is 1. 62 steps at a time work on the lowest words alone and leave a 2×2 matrix, which is then
/// applied to the whole numbers. All numbers stay positive; that may in rare cases not end, and then the chains decide.
/// <list type="bullet">
/// <item>The symbol (g | f) changes sign under known conditions only: halving by (2 | f), exchanging by reciprocity;
/// adding f does not change it. When f is 1, the symbol is what the sign changes add up to.</item>
/// <item>The inverse follows from a second pair (d, e), which starts as (0, 1) and goes through the same steps modulo p,
/// so that f = d·a throughout. When f is 1, d is the inverse.</item>
/// </list>
/// </remarks>
internal static class DivisionSteps
{
    private const int LimbCount = 5;
    private const int StepsPerBatch = 62;
    private const ulong LimbMask = (1UL << StepsPerBatch) - 1;

    // 1/p modulo 2^62.
    private const ulong PrimeInverse = 0x27c7f6e22ddacacf;

    // Ten batches are usual.
    private const int BatchesMax = 25;

    private static ReadOnlySpan<ulong> Prime => [0x3ffffffefffffc2f, LimbMask, LimbMask, LimbMask, 0xff];

    /// <summary>Whether <paramref name="element"/> is 0 or a square.</summary>
    [SkipLocalsInit]
    public static bool IsSquarePublic(in FieldElement element)
    {
        Span<ulong> f = stackalloc ulong[LimbCount];
        Span<ulong> g = stackalloc ulong[LimbCount];
        Prime.CopyTo(f);
        element.WriteLimbs62(g);
        if (!g.ContainsAnyExcept(0UL))
            return true;

        var eta = -1;
        var signs = 0UL;
        for (var batch = 0; batch < BatchesMax; batch++)
        {
            var matrix = RunSteps(f[0] | (f[1] << StepsPerBatch), g[0] | (g[1] << StepsPerBatch), ref eta, ref signs);
            Apply(matrix, f, g);
            if (IsOne(f))
                return (signs & 1) == 0;
        }
        return FieldElement.TrySquareRootPublic(out _, element);
    }

    /// <summary>1/a, for a other than 0.</summary>
    [SkipLocalsInit]
    public static void InvertPublic(out FieldElement result, in FieldElement element)
    {
        Span<ulong> f = stackalloc ulong[LimbCount];
        Span<ulong> g = stackalloc ulong[LimbCount];
        Span<ulong> d = stackalloc ulong[LimbCount];
        Span<ulong> e = stackalloc ulong[LimbCount];
        Prime.CopyTo(f);
        element.WriteLimbs62(g);
        d.Clear();
        e.Clear();
        e[0] = 1;

        var eta = -1;
        var signs = 0UL;
        for (var batch = 0; batch < BatchesMax; batch++)
        {
            var matrix = RunSteps(f[0] | (f[1] << StepsPerBatch), g[0] | (g[1] << StepsPerBatch), ref eta, ref signs);
            Apply(matrix, f, g);
            ApplyModulo(matrix, d, e);
            if (IsOne(f))
            {
                result = FieldElement.FromLimbs62(d);
                return;
            }
        }
        FieldElement.Invert(out result, element);
    }

    private static bool IsOne(ReadOnlySpan<ulong> f) => f[0] == 1 && !f[1..].ContainsAnyExcept(0UL);

    /// <summary>62 steps on the lowest 64 bits of f and g.</summary>
    /// <param name="f">Low bits of f, which is odd.</param>
    /// <param name="g">Low bits of g.</param>
    /// <param name="eta">How far f is ahead of g in halvings; below zero the two change places.</param>
    /// <param name="signs">Counts, in its lowest bit, the changes of sign.</param>
    private static Matrix RunSteps(ulong f, ulong g, ref int eta, ref ulong signs)
    {
        ulong u = 1, v = 0, q = 0, r = 1;
        var left = StepsPerBatch;
        while (true)
        {
            // Halve g as often as it is even, at most as often as steps are left.
            var zeros = BitOperations.TrailingZeroCount(g | (ulong.MaxValue << left));
            g >>= zeros;
            u <<= zeros;
            v <<= zeros;
            eta -= zeros;
            left -= zeros;
            // (2 | f) is −1 for f = 3 and 5 modulo 8.
            signs ^= (ulong)zeros & ((f >> 1) ^ (f >> 2));
            if (left == 0)
                return new Matrix(u, v, q, r);
            if (eta < 0)
            {
                eta = -eta;
                (f, g) = (g, f);
                (u, q) = (q, u);
                (v, r) = (r, v);
                // Reciprocity: −1 if both are 3 modulo 4.
                signs ^= (f & g) >> 1;
            }
            // The multiple of f that makes up to six low bits of g zero: −g/f, where 1/f = f·(2 − f²) modulo 64.
            var bits = Math.Min(Math.Min(eta + 1, left), 6);
            var w = (f * g * ((f * f) - 2)) & ((1UL << bits) - 1);
            g += f * w;
            q += u * w;
            r += v * w;
        }
    }

    /// <summary>(f, g) = (u·f + v·g, q·f + r·g) / 2^62. The division has no remainder.</summary>
    private static void Apply(in Matrix m, Span<ulong> f, Span<ulong> g) => Apply(m, f, g, 0, 0);

    /// <summary>
    /// The same modulo p: first that multiple of p is added that makes the division possible. The numbers grow by less
    /// than p in each batch, so <see cref="BatchesMax"/> of them fit the limbs.
    /// </summary>
    private static void ApplyModulo(in Matrix m, Span<ulong> d, Span<ulong> e)
    {
        var kd = (0 - (((m.U * d[0]) + (m.V * e[0])) * PrimeInverse)) & LimbMask;
        var ke = (0 - (((m.Q * d[0]) + (m.R * e[0])) * PrimeInverse)) & LimbMask;
        Apply(m, d, e, kd, ke);
    }

    private static void Apply(in Matrix m, Span<ulong> f, Span<ulong> g, ulong primesToF, ulong primesToG)
    {
        ulong fHigh = 0, fLow = 0, gHigh = 0, gLow = 0;
        for (var i = 0; i < LimbCount; i++)
        {
            ulong fi = f[i], gi = g[i];
            Limbs.MultiplyAdd(ref fHigh, ref fLow, m.U, fi);
            Limbs.MultiplyAdd(ref fHigh, ref fLow, m.V, gi);
            Limbs.MultiplyAdd(ref gHigh, ref gLow, m.Q, fi);
            Limbs.MultiplyAdd(ref gHigh, ref gLow, m.R, gi);
            if (primesToF != 0 || primesToG != 0)
            {
                Limbs.MultiplyAdd(ref fHigh, ref fLow, primesToF, Prime[i]);
                Limbs.MultiplyAdd(ref gHigh, ref gLow, primesToG, Prime[i]);
            }
            if (i > 0)
            {
                f[i - 1] = fLow & LimbMask;
                g[i - 1] = gLow & LimbMask;
            }
            fLow = (fLow >> StepsPerBatch) | (fHigh << (64 - StepsPerBatch));
            gLow = (gLow >> StepsPerBatch) | (gHigh << (64 - StepsPerBatch));
            fHigh >>= StepsPerBatch;
            gHigh >>= StepsPerBatch;
        }
        f[LimbCount - 1] = fLow;
        g[LimbCount - 1] = gLow;
    }

    private readonly record struct Matrix(ulong U, ulong V, ulong Q, ulong R);
}
