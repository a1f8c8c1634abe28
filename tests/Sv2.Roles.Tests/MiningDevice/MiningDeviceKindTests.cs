using System.Text.Json.Nodes;
using Sv2.Roles.Hosting;
using Sv2.Roles.MiningDevice;

namespace Sv2.Roles.Tests.MiningDevice;

public sealed class MiningDeviceKindTests
{
    private const string Key = "9auqWEzQDVyd2oe1JVGFLMLHZtCo2FFqZwtKA5gd9xbuEu7PH72";
    private static readonly MiningDeviceKind Kind = new();

    private static MiningDeviceOptions Bind(string json) => (MiningDeviceOptions)OptionsBinder.Bind(Kind, (JsonObject)JsonNode.Parse(json)!);

    private static string FirstProblem(string json) =>
        Assert.Throws<ConfigurationException>(() => Bind(json)).Problems[0].Key;

    [Fact]
    [Trait("spec", "70")]
    [Trait("spec", "74")]
    [Trait("spec", "349")]
    public void A_pool_is_all_that_must_be_given()
    {
        MiningDeviceOptions options = Bind($$"""{ "pools": ["stratum2+tcp://pool.example:34254/{{Key}}"] }""");

        Assert.Equal("sv2.device", options.UserIdentity);
        Assert.Equal("", options.DeviceId);
        Assert.Equal("", options.WorkerName);
        Assert.Equal(1, options.Threads);
        Assert.Equal(DeviceChannel.Standard, options.Channel);
        Assert.Equal(2_000_000, options.TargetHashRate);
    }

    [Fact]
    public void The_example_is_valid() => Assert.Empty(Kind.Validate(Kind.Example));

    [Theory]
    [InlineData("""{ }""", "pools")]
    [InlineData("""{ "pools": [] }""", "pools")]
    [InlineData("""{ "pools": ["pool.example:34254"] }""", "pools[0]")]
    [InlineData("""{ "pools": ["stratum2+tcp://pool.example:34254"] }""", "pools[0]")]
    [InlineData($$"""{ "pools": ["stratum2+tcp://pool.example:34254/{{Key}}"], "threads": -1 }""", "threads")]
    [InlineData($$"""{ "pools": ["stratum2+tcp://pool.example:34254/{{Key}}"], "targetHashRate": -1 }""", "targetHashRate")]
    [InlineData($$"""{ "pools": ["stratum2+tcp://pool.example:34254/{{Key}}"], "channel": "group" }""", "channel")]
    [InlineData($$"""{ "pools": ["stratum2+tcp://pool.example:34254/{{Key}}"], "hashrate": 1 }""", "hashrate")]
    [InlineData($$"""{ "pools": ["stratum2+tcp://pool.example:34254/{{Key}}"], "workerName": "rack" }""", "workerName")]
    [InlineData($$"""{ "pools": ["stratum2+tcp://pool.example:34254/{{Key}}"], "channel": "extended", "workerName": "ääääääääääääääääö" }""", "workerName")]
    public void What_is_wrong_is_named(string json, string key) => Assert.Equal(key, FirstProblem(json));
}
