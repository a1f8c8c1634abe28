namespace Sv2.Roles;

/// <summary>One thing that is wrong with a configuration.</summary>
/// <param name="Key">Full path of the key, such as <c>vardiff.sharesPerMinute</c> or <c>pools[1]</c>; empty for the whole.</param>
/// <param name="Message">What is wrong, with the value found and the limit: "70000 is not a port: 0 to 65535".</param>
/// <param name="Fix">What to do, as an imperative sentence; null where the message says it all.</param>
public sealed record ConfigurationProblem(string Key, string Message, string? Fix = null)
{
    /// <summary>One line: key, what is wrong, fix.</summary>
    public override string ToString()
    {
        string line = Key.Length == 0 ? Message : $"{Key}: {Message}";
        return Fix is null ? line : $"{line} ({Fix})";
    }
}

/// <summary>A configuration cannot be used. Carries every problem found, not only the first.</summary>
public sealed class ConfigurationException : RoleException
{
    public ConfigurationException(IReadOnlyList<ConfigurationProblem> problems, Exception? inner = null)
        : base(string.Join(Environment.NewLine, problems), problems is [{ Fix: var fix }] ? fix : null, inner) =>
        Problems = problems;

    /// <param name="key">Full path of the key.</param>
    /// <param name="message">What is wrong, with the value found and the limit.</param>
    /// <param name="fix">What to do.</param>
    /// <param name="inner">The cause, for logs.</param>
    public ConfigurationException(string key, string message, string? fix = null, Exception? inner = null)
        : this([new ConfigurationProblem(key, message, fix)], inner)
    {
    }

    /// <summary>Every problem found; at least one.</summary>
    public IReadOnlyList<ConfigurationProblem> Problems { get; }
}
