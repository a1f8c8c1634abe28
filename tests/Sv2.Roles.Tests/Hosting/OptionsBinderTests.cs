using System.Text.Json.Nodes;
using Sv2.Roles.Hosting;

namespace Sv2.Roles.Tests.Hosting;

public class OptionsBinderTests
{
    private static readonly ScriptedKind Kind = new();

    private static ScriptedOptions Bind(string json) => (ScriptedOptions)OptionsBinder.Bind(Kind, (JsonObject)JsonNode.Parse(json)!);

    private static IReadOnlyList<ConfigurationProblem> Problems(string json) =>
        Assert.Throws<ConfigurationException>(() => Bind(json)).Problems;

    [Fact]
    public void An_empty_configuration_is_all_defaults()
    {
        ScriptedOptions options = Bind("{}");
        Assert.Equal(2, options.Threads);
        Assert.Equal(TimeSpan.FromSeconds(10), options.Timeout);
        Assert.IsType<ScriptedSource.Embedded>(options.Source);
    }

    [Fact]
    public void Values_are_read_as_people_write_them()
    {
        ScriptedOptions options = Bind(
            """
            { "listen": "[::1]:7", "timeout": "1.5m", "mode": "hangs-in-stop", "pools": ["a", "b"],
              "limits": { "connections": 5, "perUser": { "ann": { "connections": 7 } } },
              "source": { "address": "http://127.0.0.1:8332", "kind": "node" } }
            """);
        Assert.Equal("[::1]:7", options.Listen.ToString());
        Assert.Equal(TimeSpan.FromSeconds(90), options.Timeout);
        Assert.Equal(ScriptedMode.HangsInStop, options.Mode);
        Assert.Equal(7, options.Limits.PerUser["ann"].Connections);
        Assert.Equal(8332, Assert.IsType<ScriptedSource.Node>(options.Source).Address.Port);
    }

    [Theory]
    [InlineData("""{ "treads": 2 }""", "treads", "is not a known key", "did you mean 'threads'?")]
    [InlineData("""{ "limits": { "xyz": 2 } }""", "limits.xyz", "is not a known key", "known keys: connections, perUser")]
    [InlineData("""{ "threads": 65 }""", "threads", "65 is outside the limits", "choose 1 to 64")]
    [InlineData("""{ "threads": "2" }""", "threads", "\"2\" is not a whole number from -2147483648 to 2147483647", null)]
    [InlineData("""{ "threads": 3000000000 }""", "threads", "3000000000 is not a whole number from -2147483648 to 2147483647", null)]
    [InlineData("""{ "threads": null }""", "threads", "must not be null", "leave the key out to take the default")]
    [InlineData("""{ "title": "" }""", "title", "\"\" has the wrong length", "use 1 to 20 characters")]
    [InlineData("""{ "title": "forbidden" }""", "title", "\"forbidden\" is taken", "choose another title")]
    [InlineData("""{ "timeout": "2h" }""", "timeout", "\"2h\" is outside the limits", "choose 1s to 1h")]
    [InlineData("""{ "timeout": 5 }""", "timeout", "5 is not a duration such as \"10s\", \"250ms\", \"5m\" or \"1h\"", null)]
    [InlineData("""{ "listen": "127.0.0.1" }""", "listen", "\"127.0.0.1\" is not an address and port such as \"127.0.0.1:34254\" or \"[::1]:34254\"", null)]
    [InlineData("""{ "listen": "127.0.0.1:70000" }""", "listen", "\"127.0.0.1:70000\" is not an address and port such as \"127.0.0.1:34254\" or \"[::1]:34254\"", null)]
    [InlineData("""{ "mode": "bad-day" }""", "mode", "\"bad-day\" is not one of: good-day, fails-to-start, needs-configuration, hangs-in-start, hangs-in-stop, throws-in-stop, throws-in-report", null)]
    [InlineData("""{ "mode": 0 }""", "mode", "0 is not one of: good-day, fails-to-start, needs-configuration, hangs-in-start, hangs-in-stop, throws-in-stop, throws-in-report", null)]
    [InlineData("""{ "pools": "a" }""", "pools", "\"a\" is not a list [ … ]", null)]
    [InlineData("""{ "pools": ["a", 1] }""", "pools[1]", "1 is not a text in quotes", null)]
    [InlineData("""{ "pools": ["a", "b", "c"] }""", "pools", "[\"a\",\"b\",\"c\"] is too long", "at most 2")]
    [InlineData("""{ "limits": { "perUser": { "ann": { "connections": 0 } } } }""", "limits.perUser.ann.connections", "0 is outside the limits", "choose 1 to 1000")]
    [InlineData("""{ "source": {} }""", "source.kind", "is missing", "give one of: embedded, node")]
    [InlineData("""{ "source": { "kind": "cloud" } }""", "source.kind", "\"cloud\" is not known", "give one of: embedded, node")]
    [InlineData("""{ "source": { "kind": "node" } }""", "source.address", "is missing", "give an address such as \"http://127.0.0.1:8332\"")]
    [InlineData("""{ "source": { "kind": "embedded", "rate": 101 } }""", "source.rate", "101 is outside the limits", "choose 0 to 100")]
    [InlineData("""{ "password": "abc" }""", "password", "the secret is too short", "at least 4")]
    public void A_mistake_is_named_with_key_value_limit_and_fix(string json, string key, string message, string? fix)
    {
        ConfigurationProblem problem = Assert.Single(Problems(json));
        Assert.Equal(new ConfigurationProblem(key, message, fix), problem);
    }

    [Fact]
    public void All_mistakes_are_reported_at_once() =>
        Assert.Equal(["nope", "threads", "limits.connections"], Problems("""{ "nope": 1, "threads": true, "limits": { "connections": "x" } }""").Select(p => p.Key));

    [Fact]
    public void A_long_value_is_cut() =>
        Assert.InRange(Problems($$"""{ "threads": "{{new string('x', 5000)}}" }""")[0].Message.Length, 1, 200);

    [Fact]
    public void Deep_nesting_is_refused()
    {
        string json = string.Concat(Enumerable.Repeat("""{ "perUser": { "a": """, 20)) + "{}" + string.Concat(Enumerable.Repeat("} }", 20));
        Assert.Contains("nested deeper", Problems($$"""{ "limits": {{json}} }""")[0].Message);
    }

    [Theory]
    [InlineData("threads", "6", """{"threads":6}""")]
    [InlineData("listen", "127.0.0.1:0", """{"listen":"127.0.0.1:0"}""")]
    [InlineData("title", "123", """{"title":"123"}""")]
    [InlineData("limits.connections", "9", """{"limits":{"connections":9}}""")]
    [InlineData("limits.perUser.ann.connections", "9", """{"limits":{"perUser":{"ann":{"connections":9}}}}""")]
    [InlineData("pools[0]", "x", """{"pools":["x"]}""")]
    [InlineData("pools", "x", """{"pools":["x"]}""")]
    [InlineData("pools", """["x","y"]""", """{"pools":["x","y"]}""")]
    [InlineData("password", "null", """{"password":null}""")]
    public void One_key_can_be_set_from_text(string path, string text, string expected)
    {
        var configuration = new JsonObject();
        ConfigurationKey.Set(Kind, configuration, path, text);
        Assert.Equal(expected, configuration.ToJsonString());
        OptionsBinder.Bind(Kind, configuration);
    }

    [Theory]
    [InlineData("pools[1]")]
    [InlineData("pools[x]")]
    [InlineData("threads.more")]
    [InlineData("")]
    public void A_path_that_leads_nowhere_is_refused(string path)
    {
        var configuration = new JsonObject { ["threads"] = 1 };
        Assert.Throws<ConfigurationException>(() => ConfigurationKey.Set(Kind, configuration, path, "1"));
    }

    [Fact]
    public void Secrets_are_hidden_and_kept()
    {
        var stored = new JsonObject { ["password"] = "open sesame", ["threads"] = 1 };
        JsonObject shown = OptionsSecrets.Hide(Kind, stored);
        Assert.Equal(OptionsSecrets.Mask, (string?)shown["password"]);
        shown["threads"] = 2;
        JsonObject restored = OptionsSecrets.Restore(Kind, shown, stored);
        Assert.Equal("""{"password":"open sesame","threads":2}""", restored.ToJsonString());
    }

    [Fact]
    public void The_schema_has_descriptions_defaults_and_limits()
    {
        JsonObject schema = OptionsSchema.Of(Kind);
        JsonNode properties = schema["properties"]!;
        Assert.Equal("scripted", (string?)schema["title"]);
        Assert.Equal("""{"type":"integer","description":"How many of them.","minimum":1,"maximum":64,"default":2}""", properties["threads"]!.ToJsonString());
        Assert.Equal("duration", (string?)properties["timeout"]!["format"]);
        Assert.Equal("10s", (string?)properties["timeout"]!["default"]);
        Assert.Equal("127.0.0.1:0", (string?)properties["listen"]!["default"]);
        Assert.Equal("good-day", (string?)properties["mode"]!["default"]);
        Assert.Equal(100, (int?)properties["limits"]!["properties"]!["connections"]!["default"]);
        Assert.True((bool?)properties["password"]!["writeOnly"]);
        Assert.False((bool?)schema["additionalProperties"]);
    }

    [Theory]
    [InlineData("0s", 0)]
    [InlineData("250ms", 250)]
    [InlineData("90s", 90_000)]
    [InlineData("2h", 7_200_000)]
    public void Durations_go_round(string text, long milliseconds)
    {
        Assert.True(DurationJsonConverter.TryParse(text, out TimeSpan value));
        Assert.Equal(milliseconds, value.TotalMilliseconds);
        Assert.Equal(text, DurationJsonConverter.Format(value));
    }

    [Theory]
    [InlineData("5")]
    [InlineData("-5s")]
    [InlineData("s")]
    [InlineData("5 parsecs")]
    [InlineData("99999999999999999d")]
    [InlineData("")]
    public void What_is_no_duration_is_refused(string text) => Assert.False(DurationJsonConverter.TryParse(text, out _));
}
