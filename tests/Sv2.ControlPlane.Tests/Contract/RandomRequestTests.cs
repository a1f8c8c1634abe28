using System.Globalization;
using System.Net.Http.Headers;
using Sv2.ControlPlane.Tests.Support;

namespace Sv2.ControlPlane.Tests.Contract;

/// <summary>Whatever is sent, an answer of the server is never that it has failed.</summary>
public class RandomRequestTests
{
    private const int Workers = 4;
    private static readonly int Requests = Environment.GetEnvironmentVariable("SV2_LONG_TESTS") == "1" ? 100_000 : 10_000;

    [Fact]
    public async Task Random_requests_never_make_the_server_fail()
    {
        await using RunningControlPlane app = await FilledControlPlane.StartAsync();
        IReadOnlyList<ApiOperation> operations = await ApiOperation.ReadAsync(app);
        int seed = Seed();
        // In a few streams, so that changes meet each other as well.
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(worker => Task.Run(() => SendAsync(app, new RandomRequests(operations, seed + worker), seed))));
        using HttpResponseMessage alive = await app.Client.GetAsync("healthz");
        Assert.True(alive.IsSuccessStatusCode);
    }

    /// <summary>
    /// The same requests every time, so that a change that breaks one is the change that fails; others in long runs, or those of
    /// SV2_SEED.
    /// </summary>
    private static int Seed() =>
        int.TryParse(Environment.GetEnvironmentVariable("SV2_SEED"), CultureInfo.InvariantCulture, out int given) ? given
        : Environment.GetEnvironmentVariable("SV2_LONG_TESTS") == "1" ? Random.Shared.Next()
        : 1;

    private static async Task SendAsync(RunningControlPlane app, RandomRequests requests, int seed)
    {
        using HttpClient client = app.Anonymous();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", app.AdminToken);
        for (int i = 0; i < Requests / Workers; i++)
        {
            (ApiOperation operation, HttpRequestMessage request) = requests.Next();
            using (request)
            {
                string name = $"SV2_SEED={seed}, request {i}: {request.Method} {request.RequestUri}";
                using HttpResponseMessage response = await AnswerAsync(client, request, name);
                // The stack stops where it should: only listening may be refused for a while, as there is a bound on it.
                bool isFull = (int)response.StatusCode == 503 && operation.Id == "streamEvents";
                if ((int)response.StatusCode < 500 || isFull || operation.Id == "ready")
                    continue;
                string body = request.Content is null ? "" : await request.Content.ReadAsStringAsync();
                Assert.Fail($"{name} {body}\n{(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
            }
        }
    }

    private static async Task<HttpResponseMessage> AnswerAsync(HttpClient client, HttpRequestMessage request, string name)
    {
        try
        {
            return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        }
        catch (HttpRequestException e)
        {
            throw new InvalidOperationException($"{name} has no answer", e);
        }
    }
}
