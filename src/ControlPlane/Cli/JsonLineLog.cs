using System.Text.Encodings.Web;
using System.Text.Json;
using Sv2.Roles;
using Sv2.Roles.Hosting;

namespace Sv2.ControlPlane.Cli;

/// <summary>Writes the log for programs: one JSON object a line, with time, level, instance, message, and what else there is.</summary>
internal sealed class JsonLineLog(CliConsole console, TimeProvider time) : ILineLog
{
    // Only what JSON itself needs is escaped: nothing of this ends up in markup.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly Lock _lock = new();

    public bool IsForPeople => false;

    public void Write(string instance, RoleEventSeverity severity, string message, params ReadOnlySpan<(string Key, object? Value)> details)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, Options))
        {
            json.WriteStartObject();
            json.WriteString("time", time.GetUtcNow().UtcDateTime);
            json.WriteString("level", severity switch
            {
                RoleEventSeverity.Warning => "warning",
                RoleEventSeverity.Error => "error",
                _ => "info",
            });
            json.WriteString("instance", instance);
            json.WriteString("message", message);
            foreach ((string key, object? value) in details)
            {
                json.WritePropertyName(key);
                JsonSerializer.Serialize(json, value, RoleJson.Wire);
            }

            json.WriteEndObject();
        }

        string line = System.Text.Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
        lock (_lock)
        {
            console.Out.WriteLine(line);
            console.Out.Flush();
        }
    }
}
