using System.Text.Json.Nodes;
using Sv2.ControlPlane.Tests.Support;

namespace Sv2.ControlPlane.Tests.Web;

public class OpenApiTests
{
    [Fact]
    public async Task The_document_describes_every_operation()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        JsonNode document = await app.GetAsync("swagger/v1/swagger.json");
        var operations = document["paths"]!.AsObject()
            .SelectMany(p => p.Value!.AsObject().Select(o => (Path: p.Key, Method: o.Key, Operation: o.Value!)))
            .ToList();
        Assert.InRange(operations.Count, 50, 100);
        Assert.All(operations, o =>
        {
            Assert.False(string.IsNullOrEmpty((string?)o.Operation["operationId"]), o.Path);
            Assert.False(string.IsNullOrEmpty((string?)o.Operation["summary"]), o.Path);
            Assert.NotEmpty(o.Operation["responses"]!.AsObject());
        });
        Assert.All(operations.Where(o => o.Operation["requestBody"] is not null), o => Assert.True(o.Operation["requestBody"]!["content"]!["application/json"]!["example"] is not null, $"{o.Path} has no example"));
        Assert.Equal(operations.Count, operations.Select(o => (string?)o.Operation["operationId"]).Distinct().Count());

        // Enums are the texts that the API speaks.
        Assert.Equal(["stopped", "starting", "running", "stopping", "failed"], document["components"]!["schemas"]!["RoleState"]!["enum"]!.AsArray().Select(v => (string?)v));
        Assert.Contains("name", document["components"]!["schemas"]!["RoleView"]!["required"]!.AsArray().Select(v => (string?)v));
    }
}
