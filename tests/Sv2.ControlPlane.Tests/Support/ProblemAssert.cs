using System.Net;
using System.Text.Json.Nodes;

namespace Sv2.ControlPlane.Tests.Support;

/// <summary>Every error must be problem+json with words in it.</summary>
public static class ProblemAssert
{
    public static async Task<JsonNode> IsAsync(HttpStatusCode status, Task<HttpResponseMessage> request, string what = "")
    {
        using HttpResponseMessage response = await request;
        string body = await response.Content.ReadAsStringAsync();
        Assert.True(status == response.StatusCode, $"{what}: {(int)response.StatusCode}, not {(int)status}: {body}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        JsonNode problem = JsonNode.Parse(body)!;
        Assert.Equal((int)status, (int?)problem["status"]);
        Assert.False(string.IsNullOrWhiteSpace((string?)problem["title"]));
        Assert.False(string.IsNullOrWhiteSpace((string?)problem["detail"]));
        Assert.DoesNotContain("   at ", body, StringComparison.Ordinal);
        return problem;
    }
}
