using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Sv2.ControlPlane.Tests.Contract;

/// <summary>Makes requests out of the document: some nearly right, some far from it. The same seed makes the same ones.</summary>
internal sealed class RandomRequests(IReadOnlyList<ApiOperation> operations, int seed)
{
    private const int DepthMax = 4;

    private static readonly string[] Texts =
    [
        "", " ", "a", "pool", "scripted", "ann", "ann.rig1", "~", "~YQ", "~%", "..", ".", "a/b", "a\\b", "%2e%2e", "%00", "\0", "\n", "'; DROP TABLE token; --",
        "<script>", "🦀", "\u202e", "é", "null", "true", "0", "-1", "1e999", "NaN", "7", "5", "hashRate", "minutes", "1h", "2026-01-01T00:00:00Z", "-hashRate",
        "stratum2+tcp://127.0.0.1:1/key", "stratum2+tcp://", "9auqWEzQDVyd2oe1JVGFLMLHZtCo2FFqZwtKA5gd9xbuEu7PH72", "authority", "static", "********",
        "0000010900000000", "00000109000000000000010001000000", "ffffffffffffffffffff", "zz",
    ];

    private static readonly string[] BodyTypes = ["application/json", "application/json", "application/json", "application/json; charset=utf-16", "text/plain", "application/xml"];

    private readonly Random _random = new(seed);

    public (ApiOperation Operation, HttpRequestMessage Request) Next()
    {
        ApiOperation operation = Pick(operations);
        string path = string.Join('/', operation.Path.Split('/').Select(part => part.StartsWith('{') ? Uri.EscapeDataString(Safe(Text())) : part));
        string query = string.Join('&', operation.Parameters
            .Where(p => (string?)p["in"] == "query" && Chance(0.4))
            .Select(p => $"{(string)p["name"]!}={Uri.EscapeDataString(Safe(Chance(0.7) ? Like(operation, p["schema"]!) : Text()))}"));
        var request = new HttpRequestMessage(Chance(0.97) ? operation.Method : HttpMethod.Patch, query.Length == 0 ? path : $"{path}?{query}");
        if (operation.Operation["requestBody"] is not null || Chance(0.02))
            request.Content = Body(operation);
        if (operation.Id == "streamEvents" && Chance(0.5))
            request.Headers.TryAddWithoutValidation("Last-Event-ID", Header(Text()));
        return (operation, request);
    }

    private ByteArrayContent Body(ApiOperation operation)
    {
        byte[] bytes;
        if (Chance(0.05))
        {
            bytes = new byte[_random.Next(200)];
            _random.NextBytes(bytes);
        }
        else if (Chance(0.02))
        {
            bytes = Encoding.UTF8.GetBytes(new string('[', _random.Next(1, 20_000)));
        }
        else
        {
            JsonNode? value = operation.BodyExample is { } example && Chance(0.3) ? Bend(example.DeepClone())
                : operation.BodySchema is { } schema && Chance(0.9) ? Value(operation, schema, 0)
                : Anything(0);
            bytes = Encoding.UTF8.GetBytes(value?.ToJsonString() ?? "null");
            if (Chance(0.03))
                bytes = bytes[.._random.Next(bytes.Length)];
        }

        var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(Pick(BodyTypes));
        return content;
    }

    /// <summary>A value that fits a schema, more or less.</summary>
    private JsonNode? Value(ApiOperation operation, JsonNode schema, int depth)
    {
        schema = operation.Resolve(schema);
        if (Chance(0.08) || depth > DepthMax)
            return Anything(depth);
        if (schema["enum"] is JsonArray values)
            return Pick(values)?.DeepClone();
        return TypeOf(schema) switch
        {
            "object" when schema["properties"] is JsonObject properties => new JsonObject(properties
                .Where(_ => Chance(0.85))
                .Select(p => KeyValuePair.Create(p.Key, Value(operation, p.Value!, depth + 1)))),
            "array" => new JsonArray([.. Enumerable.Range(0, _random.Next(4)).Select(_ => Value(operation, schema["items"] ?? new JsonObject(), depth + 1))]),
            "string" => Text(),
            "integer" => Number(),
            "number" => Chance(0.5) ? Number() : _random.NextDouble() * 1000,
            "boolean" => Chance(0.5),
            _ => Anything(depth),
        };
    }

    private string Like(ApiOperation operation, JsonNode schema)
    {
        schema = operation.Resolve(schema);
        if (schema["enum"] is JsonArray values)
            return Pick(values)?.ToString() ?? "";
        return TypeOf(schema) switch
        {
            "integer" or "number" => Number().ToString(CultureInfo.InvariantCulture),
            "boolean" => Chance(0.5) ? "true" : "false",
            _ => Text(),
        };
    }

    private static string? TypeOf(JsonNode schema) => schema["type"] switch
    {
        JsonArray types => types.Select(t => (string?)t).FirstOrDefault(t => t != "null"),
        { } type => (string?)type,
        null => null,
    };

    private JsonNode? Anything(int depth) => _random.Next(depth > DepthMax ? 4 : 6) switch
    {
        0 => null,
        1 => Text(),
        2 => Number(),
        3 => Chance(0.5),
        4 => new JsonArray([.. Enumerable.Range(0, _random.Next(4)).Select(_ => Anything(depth + 1))]),
        _ => new JsonObject(Enumerable.Range(0, _random.Next(4)).Select(i => KeyValuePair.Create($"k{i}", Anything(depth + 1)))),
    };

    /// <summary>A right body with one thing changed.</summary>
    private JsonNode Bend(JsonNode example)
    {
        if (example is JsonObject o && o.Count > 0)
            o[Pick([.. o.Select(p => p.Key)])] = Anything(1);
        return example;
    }

    private long Number() => _random.Next(6) switch
    {
        0 => 0,
        1 => -1,
        2 => long.MaxValue,
        3 => int.MaxValue + 1L,
        _ => _random.Next(-5, 2000),
    };

    private string Text() => Chance(0.85) ? Pick(Texts) : new string((char)_random.Next(32, 0x2000), _random.Next(400));

    /// <summary>HttpClient itself takes steps out of paths, and no lone surrogates.</summary>
    private static string Safe(string text) => text is "" or "." or ".." ? "x" : text;

    private static string Header(string text) => new([.. text.Where(c => c is >= ' ' and < '\x7f')]);

    private T Pick<T>(IReadOnlyList<T> items) => items[_random.Next(items.Count)];

    private JsonNode? Pick(JsonArray items) => items[_random.Next(items.Count)];

    private bool Chance(double probability) => _random.NextDouble() < probability;
}
