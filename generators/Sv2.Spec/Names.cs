using System.Collections.Generic;
using System.Text;

namespace Sv2.Spec;

/// <summary>Turns the specification's names into .NET names and back.</summary>
public static class Names
{
    // Words of Bitcoin whose first letter is a word of its own.
    private static readonly Dictionary<string, string> SpecialWords = new()
    {
        ["ntime"] = "NTime",
        ["nbits"] = "NBits",
        ["nBits"] = "NBits",
        ["nSequence"] = "NSequence",
    };

    /// <summary>Members that generated types have of their own, so that no field may take their names.</summary>
    private static readonly HashSet<string> ReservedMembers =
    [
        "Info", "PayloadLength", "Payload", "Write", "TryRead", "ToOwned", "Tlvs", "Equals", "GetHashCode", "ToString", "GetType",
        "MemberwiseClone", "Finalize", "PrintMembers", "Deconstruct", "EqualityContract",
    ];

    /// <summary><c>prev_hash</c> becomes <c>PrevHash</c>, <c>SubmitShares.Success</c> becomes <c>SubmitSharesSuccess</c>.</summary>
    public static string ToPascal(string name)
    {
        StringBuilder result = new(name.Length);
        foreach (string word in name.Split('_', '-', '.', '*'))
        {
            if (word.Length == 0) continue;
            if (SpecialWords.TryGetValue(word, out string? special)) result.Append(special);
            else if (word.ToUpperInvariant() == word) result.Append(word[0]).Append(word.Substring(1).ToLowerInvariant());
            else result.Append(char.ToUpperInvariant(word[0])).Append(word.Substring(1));
        }

        return result.ToString();
    }

    /// <summary><c>PrevHash</c> becomes <c>prev_hash</c>.</summary>
    public static string ToSnake(string name)
    {
        StringBuilder result = new(name.Length + 4);
        for (int i = 0; i < name.Length; i++)
        {
            bool startsWord = i > 0 && char.IsUpper(name[i]) && (!char.IsUpper(name[i - 1]) || (i + 1 < name.Length && char.IsLower(name[i + 1])));
            if (startsWord) result.Append('_');
            result.Append(char.ToLowerInvariant(name[i]));
        }

        return result.ToString();
    }

    /// <summary>Whether a property of that name would collide with what generated types have of their own.</summary>
    public static bool IsReservedMember(string propertyName) => ReservedMembers.Contains(propertyName);

    /// <summary>Whether the name begins with a letter and holds only letters, digits and underscores, so that .NET accepts it.</summary>
    public static bool IsIdentifier(string name)
    {
        if (name.Length == 0 || char.IsDigit(name[0])) return false;
        foreach (char c in name)
        {
            if (!char.IsLetterOrDigit(c) && c != '_') return false;
        }

        return true;
    }
}
