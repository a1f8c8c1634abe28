using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Sv2.ControlPlane.Tests.Support;

namespace Sv2.ControlPlane.Tests.Contract;

/// <summary>One operation of the OpenAPI document, with what a test needs to call it.</summary>
public sealed record ApiOperation(string Id, HttpMethod Method, string Path, string Scope, bool IsFigure, JsonNode Document, JsonNode Operation)
{
    /// <summary>Whether it is no reading by its method.</summary>
    public bool IsUnsafe => Method != HttpMethod.Get;

    /// <summary>The parameters, with references followed.</summary>
    public IEnumerable<JsonNode> Parameters => (Operation["parameters"]?.AsArray() ?? []).Select(p => Resolve(p!));

    /// <summary>Schema of the request body; null without one.</summary>
    public JsonNode? BodySchema => Operation["requestBody"]?["content"]?["application/json"]?["schema"] is { } schema ? Resolve(schema) : null;

    /// <summary>The example of the request body; null without one.</summary>
    public JsonNode? BodyExample => Operation["requestBody"]?["content"]?["application/json"]?["example"];

    public static async Task<IReadOnlyList<ApiOperation>> ReadAsync(RunningControlPlane app)
    {
        JsonNode document = (await app.Client.GetFromJsonAsync<JsonNode>("swagger/v1/swagger.json"))!;
        return
        [
            .. from path in document["paths"]!.AsObject()
               from operation in path.Value!.AsObject()
               select new ApiOperation(
                   (string)operation.Value!["operationId"]!,
                   new HttpMethod(operation.Key.ToUpperInvariant()),
                   path.Key.TrimStart('/'),
                   (string)operation.Value["x-scope"]!,
                   (bool)operation.Value["x-figure"]!,
                   document,
                   operation.Value),
        ];
    }

    /// <summary>Follows a reference within the document.</summary>
    public JsonNode Resolve(JsonNode schema)
    {
        while ((string?)schema["$ref"] is { } reference)
            schema = reference.TrimStart('#', '/').Split('/').Aggregate(Document, (node, part) => node[part]!);
        return schema;
    }

    /// <summary>A request to it with these values in the path.</summary>
    public HttpRequestMessage Request(Func<string, string>? value = null, JsonNode? body = null)
    {
        string path = string.Join('/', Path.Split('/').Select(part => part.StartsWith('{') ? Uri.EscapeDataString((value ?? (name => "no-such-" + name))(part.Trim('{', '}'))) : part));
        var request = new HttpRequestMessage(Method, path);
        if (Operation["requestBody"] is not null)
            request.Content = JsonContent.Create(body ?? BodyExample ?? new JsonObject());
        return request;
    }

    public override string ToString() => $"{Method} {Path}";
}
