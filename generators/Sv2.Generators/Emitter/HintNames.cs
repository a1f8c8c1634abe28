using System;
using System.Collections.Generic;
using System.Linq;
using Sv2.Spec;

namespace Sv2.Generators.Emitter;

/// <summary>
/// Names of generated files: the full name of the type. The compiler compares them without regard to case, so types whose
/// names differ in case only get a suffix.
/// </summary>
internal static class HintNames
{
    /// <summary>The full names that need a suffix, in a fixed order.</summary>
    public static EquatableArray<string> Clashes(IEnumerable<string> fullNames) => fullNames
        .GroupBy(n => n, StringComparer.OrdinalIgnoreCase).Where(g => g.Distinct().Count() > 1).SelectMany(g => g.Distinct())
        .OrderBy(n => n, StringComparer.Ordinal).ToEquatableArray();

    /// <summary>The file name for a type.</summary>
    public static string For(string fullName, EquatableArray<string> clashes) =>
        clashes.Contains(fullName) ? $"{fullName}.{Hash(fullName):x8}.g.cs" : $"{fullName}.g.cs";

    // FNV-1a, because string.GetHashCode differs from run to run.
    private static uint Hash(string text)
    {
        uint hash = 2166136261;
        foreach (char c in text) hash = unchecked((hash ^ c) * 16777619);
        return hash;
    }
}
