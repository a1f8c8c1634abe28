using Sv2.Roles;

namespace Sv2.ControlPlane.Stack;

/// <summary>One <c>--set instance.key=value</c>.</summary>
/// <param name="Instance">The role instance.</param>
/// <param name="Key">Path of the key in its configuration.</param>
/// <param name="Value">The value as text.</param>
public sealed record StackSetting(string Instance, string Key, string Value)
{
    /// <exception cref="ConfigurationException">The text has another form.</exception>
    public static StackSetting Parse(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        int dot = text.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && equals > dot + 1
            ? new StackSetting(text[..dot], text[(dot + 1)..equals], text[(equals + 1)..])
            : throw new ConfigurationException("--set", $"'{text}' does not have the form instance.key=value", "write it like --set pool.listen=127.0.0.1:0");
    }
}
