using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace Sv2.ControlPlane.Web;

/// <summary>Puts an example beside every request body, and beside the answers that are hard to imagine.</summary>
internal sealed class OpenApiExamples : IOperationFilter
{
    private const string Key = "9auqWEzQDVyd2oe1JVGFLMLHZtCo2FFqZwtKA5gd9xbuEu7PH72";

    private static readonly Dictionary<string, string> Requests = new(StringComparer.Ordinal)
    {
        ["createRole"] = $$"""{ "name": "second-device", "kind": "mining-device", "configuration": { "pools": ["stratum2+tcp://127.0.0.1:34254/{{Key}}"], "userIdentity": "alice.rig1" }, "desiredState": "running", "order": 100 }""",
        ["updateRole"] = """{ "configuration": { "listen": "127.0.0.1:34254", "network": "regtest", "payout": "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080" } }""",
        ["checkConfiguration"] = """{ "configuration": { "userIdentity": "alice.rig1", "threads": 2 } }""",
        ["createKey"] = """{ "name": "next-authority" }""",
        ["rotateKey"] = """{ "name": "authority", "updateClients": true }""",
        ["inspectKey"] = $$"""{ "text": "stratum2+tcp://127.0.0.1:34254/{{Key}}" }""",
        ["decodeFrames"] = """{ "frames": ["00000109000000000000010001000000"] }""",
        ["encodeFrames"] = """{ "messages": [{ "message": "CloseChannel", "fields": { "channel_id": 1, "reason_code": "" } }] }""",
        ["setLogLevel"] = """{ "level": "information" }""",
        ["signIn"] = """{ "token": "sv2_…" }""",
        ["createToken"] = """{ "name": "grafana", "scope": "read", "expiresInDays": 365 }""",
    };

    private static readonly Dictionary<string, string> Answers = new(StringComparer.Ordinal)
    {
        ["getSeries"] = """{ "name": "hashRate", "unit": "H/s", "kind": "gauge", "from": "2026-11-22T10:00:00+00:00", "to": "2026-11-22T11:00:00+00:00", "stepSeconds": 20, "lines": [{ "label": "", "unit": "H/s", "points": [[1795341600, 2012345.6, 1998000, 2020000]] }] }""",
        ["getSession"] = """{ "authenticated": true, "name": "administrator", "scope": "admin", "via": "session", "csrfToken": "…", "expiresAt": "2026-11-29T10:00:00+00:00", "anonymous": "figures" }""",
        ["createToken"] = """{ "token": "sv2_…", "info": { "id": "4f1c0a9be2d37788", "name": "grafana", "scope": "read", "createdAt": "2026-11-22T10:00:00+00:00", "expiresAt": "2027-11-22T10:00:00+00:00", "lastUsedAt": null, "isExpired": false } }""",
        ["rotateKey"] = $$"""{ "publicKey": "{{Key}}", "previousPublicKey": "9bXiEd8boQVhq7WddEcERUL5tyyJVFYdU8th3HfbNXK3Yw6GRXh", "archivedAs": "/var/lib/sv2/roles/pool/authority.key.20261122T100000.old", "updatedInstances": ["device"] }""",
        ["listAlarms"] = """[{ "id": "role-failed:pool", "instance": "pool", "severity": "error", "title": "pool does not run", "message": "listen: 127.0.0.1:34254 is in use.", "advice": "Change its configuration, then start it.", "since": "2026-11-22T10:00:00+00:00" }]""",
    };

    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        if (operation.OperationId is not { } id)
            return;
        if (Requests.TryGetValue(id, out string? request))
            Fill(operation.RequestBody?.Content, request);
        if (Answers.TryGetValue(id, out string? answer))
            Fill(operation.Responses?.FirstOrDefault(r => r.Key.StartsWith('2')).Value?.Content, answer);
    }

    private static void Fill(IDictionary<string, OpenApiMediaType>? content, string json)
    {
        if (content is not null && content.TryGetValue("application/json", out OpenApiMediaType? media))
            media.Example = JsonNode.Parse(json);
    }
}
