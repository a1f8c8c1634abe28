using System.Net;
using System.Text.Json.Nodes;
using Sv2.ControlPlane.Cli;
using Sv2.Noise;
using Sv2.Protocol;
using Sv2.Roles.Keys;
using Sv2.Roles.Tests.Hosting;
using Sv2.Transport;

namespace Sv2.ControlPlane.Tests.Cli;

public sealed class CommandLineTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private sealed record Result(int Code, string Out, string Error)
    {
        public string[] Lines => Out.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }

    private static async Task<Result> FeedAsync(string input, params string[] args)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        int code = await Sv2CommandLine.RunAsync(args, new CliConsole(new StringReader(input), output, error, HasColor: false));
        return new Result(code, output.ToString(), error.ToString());
    }

    private static Task<Result> RunAsync(params string[] args) => FeedAsync("", args);

    private string FileOf(string content)
    {
        string path = Path.Combine(_folder.Path, "file.json");
        File.WriteAllText(path, content);
        return path;
    }

    [Fact]
    public async Task The_version_is_one_line() => Assert.Matches(@"^sv2 \d+\.\d+\.\d+\s*$", (await RunAsync("--version")).Out);

    [Theory]
    [InlineData("--help")]
    [InlineData("up", "--help")]
    [InlineData("run", "--help")]
    [InlineData("config", "--help")]
    [InlineData("keygen", "--help")]
    [InlineData("decode", "--help")]
    [InlineData("encode", "--help")]
    [InlineData("spec", "--help")]
    [InlineData("doctor", "--help")]
    [InlineData("link", "--help")]
    [InlineData("token", "create", "--help")]
    [InlineData("backup", "--help")]
    [InlineData("restore", "--help")]
    public async Task Help_has_examples(params string[] args)
    {
        Result result = await RunAsync(args);
        Assert.Equal(0, result.Code);
        Assert.Contains("Examples:", result.Out);
        Assert.Contains("  sv2 ", result.Out);
    }

    [Theory]
    [InlineData("unknown option", "--nope")]
    [InlineData("unknown verb", "dance")]
    [InlineData("bad set", "up", "--set", "nonsense")]
    [InlineData("bad http", "up", "--http", "8080")]
    [InlineData("unknown kind", "config", "example", "nope")]
    [InlineData("missing file", "config", "check", "/does/not/exist.json")]
    [InlineData("missing option", "run", "pool")]
    [InlineData("missing key", "keygen", "--inspect", "/does/not/exist.key")]
    [InlineData("no connection string", "keygen", "--inspect", "http://127.0.0.1:1")]
    [InlineData("two wishes", "keygen", "--inspect", "a.key", "--out", "b.key")]
    [InlineData("unknown kind of channel", "doctor", "stratum2+tcp://127.0.0.1:1", "--channel", "wide")]
    [InlineData("no extension", "doctor", "stratum2+tcp://127.0.0.1:1", "--extensions", "0x8000")]
    [InlineData("endless wait", "doctor", "stratum2+tcp://127.0.0.1:1", "--wait", "0")]
    [InlineData("no connection string", "doctor", "http://127.0.0.1:1")]
    [InlineData("unknown protocol", "doctor", "stratum2+tcp://127.0.0.1:1", "--protocol", "chess")]
    [InlineData("unknown message", "spec", "SetNewPrevHas")]
    public async Task What_cannot_run_is_one_clear_line_and_code_2(string what, params string[] args)
    {
        Result result = await RunAsync(args);
        Assert.True(result.Code == 2, $"{what}: {result.Code}");
        Assert.Empty(result.Out);
        Assert.StartsWith("sv2: ", result.Error);
        Assert.DoesNotContain("   at ", result.Error);
    }

    [Theory]
    [InlineData("{ \"kind\": \"pool\",\n  \"x\": }", "is no JSON: line 2")]
    [InlineData("[]", "holds no JSON object")]
    [InlineData("{}", "kind: is missing")]
    [InlineData("{ \"kind\": \"nope\" }", "'nope' is not a kind of role")]
    [InlineData("{ \"a\": 1, \"a\": 2 }", "has a key twice")]
    public async Task A_configuration_file_is_checked(string content, string expected)
    {
        Result result = await RunAsync("config", "check", FileOf(content));
        Assert.Equal(2, result.Code);
        Assert.Contains(expected, result.Error);
        Assert.Contains("file.json", result.Error);
    }

    [Fact]
    public async Task Keygen_writes_a_key_once_for_its_owner()
    {
        string path = Path.Combine(_folder.Path, "authority.key");
        Result made = await RunAsync("keygen", "--out", path);
        Assert.Equal(0, made.Code);
        string publicKey = made.Lines.Single(l => l.StartsWith("Public key", StringComparison.Ordinal)).Split(' ')[^1];
        Assert.Contains($"stratum2+tcp://HOST:PORT/{publicKey}", made.Out);
        Assert.DoesNotContain("Secret", made.Out);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));

        Assert.Contains(publicKey, (await RunAsync("keygen", "--show", path)).Out);
        Assert.Contains(publicKey, (await RunAsync("keygen", "--inspect", path)).Out);
        Result again = await RunAsync("keygen", "--out", path);
        Assert.Equal(2, again.Code);
        Assert.Contains("exists already", again.Error);
    }

    [Fact]
    public async Task Keygen_without_a_file_prints_both_keys()
    {
        Result made = await RunAsync("keygen");
        Assert.Matches("(?m)^Secret +[0-9a-f]{64}\r?$", made.Out);
        Assert.Matches("(?m)^Public key +9[1-9A-HJ-NP-Za-km-z]{50,51}\r?$", made.Out);
    }

    [Fact]
    public async Task Keygen_shows_a_static_key_and_a_certificate_with_what_is_wrong_about_it()
    {
        string path = Path.Combine(_folder.Path, "static.key");
        using StaticKeyPair server = StaticKeyFile.LoadOrCreate(path);
        string shown = (await RunAsync("keygen", "--inspect", path)).Out;
        Assert.Contains("static key", shown);
        Assert.Contains(Convert.ToHexStringLower(server.PublicKey.Span), shown);
        Assert.DoesNotContain("Miners use", shown);

        using AuthorityKeyPair authority = AuthorityKeyPair.Generate();
        using AuthorityKeyPair other = AuthorityKeyPair.Generate();
        using var credentials = new ServerCredentials(authority, StaticKeyPair.Generate(), TimeProvider.System);
        var listen = new ListenerOptions { EndPoint = new IPEndPoint(IPAddress.Loopback, 0), Credentials = credentials };
        await using Sv2Listener listener = await Sv2Listener.StartAsync(listen, static (connection, cancellation) => connection.RunAsync(new Mute(), cancellation));
        string address = $"stratum2+tcp://127.0.0.1:{((IPEndPoint)listener.BoundEndPoint).Port}";

        Result right = await RunAsync("keygen", "--inspect", $"{address}/{credentials.AuthorityPublicKey}");
        Assert.True(right.Code == 0, right.Error);
        Assert.Contains("signed this certificate", right.Out);
        Assert.Contains(Convert.ToHexStringLower(credentials.ServerKey.Span), right.Out);
        Assert.Matches("Valid until .*left", right.Out);
        Result keyless = await RunAsync("keygen", "--inspect", address);
        Assert.Equal(0, keyless.Code);
        Assert.Contains("not checked", keyless.Out);
        Result wrong = await RunAsync("keygen", "--inspect", $"{address}/{other.PublicKey}");
        Assert.Equal(1, wrong.Code);
        Assert.Contains("did not sign this certificate", wrong.Out);
        Assert.Matches("Refused .*not signed by the authority", wrong.Out);
    }

    private sealed class Mute : IFrameHandler
    {
        public FrameVerdict OnFrame(in FrameHeader header, ReadOnlySpan<byte> payload) => FrameVerdict.Continue;

        public void OnBatchEnd()
        {
        }
    }

    [Fact]
    public async Task Frames_go_to_json_and_back()
    {
        const string json = """{"message":"CloseChannel","fields":{"channel_id":7,"reason_code":"bye"}}""";
        Result encoded = await RunAsync("encode", json);
        Assert.Equal((0, "0080180800000700000003627965"), (encoded.Code, encoded.Out.Trim()));
        Result decoded = await FeedAsync(encoded.Out + "\n00:80:18 08,00 00 07000000 03627965\n", "decode");
        Assert.Equal((0, 2), (decoded.Code, decoded.Lines.Length));
        Assert.Equal(decoded.Lines[0], decoded.Lines[1]);
        JsonNode frame = JsonNode.Parse(decoded.Lines[0])!;
        Assert.Equal(("CloseChannel", 7, "bye"), ((string?)frame["message"], (int?)frame["fields"]!["channel_id"], (string?)frame["fields"]!["reason_code"]));
        Assert.Equal(encoded.Out, (await FeedAsync(decoded.Lines[0], "encode")).Out);
    }

    [Fact]
    public async Task A_frame_that_cannot_be_read_is_an_error_object_and_code_1()
    {
        Result result = await RunAsync("decode", "0080180800000700000003627965", "xyz", "123", "0000", "008018080000070000000362796500");
        Assert.Equal((1, 5), (result.Code, result.Lines.Length));
        Assert.Null(JsonNode.Parse(result.Lines[0])!["error"]);
        Assert.All(result.Lines[1..], line => Assert.NotNull(JsonNode.Parse(line)!["error"]));

        Result encoded = await RunAsync("encode", "{}", "no");
        Assert.Equal((1, 2), (encoded.Code, encoded.Lines.Length));
        Assert.All(encoded.Lines, line => Assert.NotNull(JsonNode.Parse(line)!["error"]));
    }

    [Fact]
    public async Task Doctor_says_what_to_do_where_nobody_listens()
    {
        Result result = await RunAsync("doctor", "stratum2+tcp://127.0.0.1:1/9auqWEzQDVyd2oe1JVGFLMLHZtCo2FFqZwtKA5gd9xbuEu7PH72");
        Assert.Equal(1, result.Code);
        Assert.Contains("ok       connection string", result.Out);
        Assert.Contains("failed   tcp", result.Out);
        Assert.Contains("Check host and port", result.Out);
    }

    [Fact]
    public async Task The_specification_is_printed()
    {
        Result all = await RunAsync("spec");
        Assert.Contains("OpenStandardMiningChannel", all.Out);
        Result one = await RunAsync("spec", "closechannel");
        Assert.Contains("reason_code", one.Out);
        Assert.Contains("did you mean SetNewPrevHash?", (await RunAsync("spec", "SetNewPrevHas")).Error);
        Result dissector = await RunAsync("spec", "--wireshark");
        Assert.Contains("Proto(\"sv2\", \"Stratum V2\")", dissector.Out);
    }
}
