using System.Globalization;
using Sv2.Roles;

namespace Sv2.ControlPlane.Cli;

/// <summary>Writes the progress log: time, instance, message, one line each.</summary>
internal sealed class LineLog(CliConsole console, TimeProvider time) : ILineLog
{
    private const int InstanceWidth = 21;
    private readonly Lock _lock = new();

    public bool IsForPeople => true;

    public void Write(string instance, RoleEventSeverity severity, string message, params ReadOnlySpan<(string Key, object? Value)> details)
    {
        string stamp = time.GetLocalNow().ToString("HH:mm:ss", CultureInfo.InvariantCulture);
        string mark = severity switch
        {
            RoleEventSeverity.Warning => "warning: ",
            RoleEventSeverity.Error => "error: ",
            _ => "",
        };
        (string on, string off) = !console.HasColor ? ("", "") : severity switch
        {
            RoleEventSeverity.Success => ("\e[32m", "\e[0m"),
            RoleEventSeverity.Warning => ("\e[33m", "\e[0m"),
            RoleEventSeverity.Error => ("\e[31m", "\e[0m"),
            _ => ("", ""),
        };
        lock (_lock)
        {
            console.Out.WriteLine($"{stamp}  {instance.PadRight(InstanceWidth)} {on}{mark}{Clean(message)}{off}");
            console.Out.Flush();
        }
    }

    /// <summary>Peers' texts may hold control characters; a terminal must not obey them.</summary>
    private static string Clean(string message) =>
        message.Any(c => char.IsControl(c) && c != '\n')
            ? string.Concat(message.Select(c => char.IsControl(c) && c != '\n' ? '\uFFFD' : c))
            : message;
}
