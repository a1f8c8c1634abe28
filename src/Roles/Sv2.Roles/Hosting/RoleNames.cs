using System.Text.RegularExpressions;

namespace Sv2.Roles.Hosting;

/// <summary>What instances may be called; the same in every host.</summary>
public static partial class RoleNames
{
    /// <summary>Checks a name.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="ConfigurationException">It is too long, or has other characters than it may.</exception>
    public static void Check(string name)
    {
        if (!IsName(name))
            throw new ConfigurationException("name", $"'{ShapeCheck.Show(name)}' is not a name", $"use lower-case letters, digits and hyphens, a letter first, at most {RoleDefinition.NameLengthMax} characters");
    }

    /// <summary>Whether an instance may be called so.</summary>
    public static bool IsName(string name) => name.Length <= RoleDefinition.NameLengthMax && Pattern().IsMatch(name);

    // \z, not $, which allows a line feed at the end.
    [GeneratedRegex(@"^[a-z][a-z0-9-]*\z")]
    private static partial Regex Pattern();
}
