using System.Text.Json;
using Sv2.Roles;

namespace Sv2.ControlPlane.Cli;

/// <summary>
/// Knows the blocks that a log has spoken of. Every role tells of a new tip, and the pool that found its block has told of
/// it before; a person wants to read it once.
/// </summary>
internal sealed class ToldTips
{
    private const int RememberedMax = 32;

    private readonly Queue<string> _told = new();

    /// <summary>Whether an event tells of a tip that an earlier one has told of. Remembers the block of any event that names one.</summary>
    public bool IsRepeated(RoleEvent e)
    {
        if (HashOf(e.Data) is not { } hash) return false;
        if (_told.Contains(hash)) return e.Type == RoleEventTypes.NewTip;
        if (_told.Count == RememberedMax) _told.Dequeue();
        _told.Enqueue(hash);
        return false;
    }

    private static string? HashOf(JsonElement? data) =>
        data is { ValueKind: JsonValueKind.Object } details && details.TryGetProperty("hash", out JsonElement hash) && hash.ValueKind == JsonValueKind.String
            ? hash.GetString() : null;
}
