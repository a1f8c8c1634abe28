using FsCheck;
using FsCheck.Fluent;

namespace Sv2.Noise.Tests;

public sealed class ConnectionStringTests
{
    private const string Key = "9bXiEd8boQVhq7WddEcERUL5tyyJVFYdU8th3HfbNXK3Yw6GRXh";

    [Fact]
    [Trait("spec", "107")]
    public void The_specification_s_example_is_taken_apart()
    {
        var result = ConnectionString.Parse($"stratum2+tcp://thepool.com:34254/{Key}");
        Assert.Equal("thepool.com", result.Host);
        Assert.Equal(34254, result.Port);
        Assert.Equal(Key, result.AuthorityPublicKey!.ToString());
        Assert.Equal(Vectors.Derived().GetProperty("url_example").GetString(), result.ToString());
    }

    [Theory]
    [Trait("spec", "107")]
    [InlineData("stratum2+tcp://127.0.0.1:1", "127.0.0.1", 1, false)]
    [InlineData("stratum2+tcp://127.0.0.1:65535/", "127.0.0.1", 65535, false)]
    [InlineData("  STRATUM2+TCP://Pool.Example:34254/9bXiEd8boQVhq7WddEcERUL5tyyJVFYdU8th3HfbNXK3Yw6GRXh\n", "Pool.Example", 34254, true)]
    [InlineData("stratum2+tcp://[::1]:8442/9bXiEd8boQVhq7WddEcERUL5tyyJVFYdU8th3HfbNXK3Yw6GRXh", "::1", 8442, true)]
    [InlineData("stratum2+tcp://pool_1.local:8442", "pool_1.local", 8442, false)]
    public void Other_forms_are_read(string text, string host, int port, bool hasKey)
    {
        var result = ConnectionString.Parse(text);
        Assert.Equal((host, port, hasKey), (result.Host, result.Port, result.AuthorityPublicKey is not null));
        Assert.Equal(result, ConnectionString.Parse(result.ToString()));
    }

    [Theory]
    [Trait("spec", "107")]
    [InlineData(null, "is empty")]
    [InlineData("  ", "is empty")]
    [InlineData("pool.example:34254", "no scheme")]
    [InlineData("stratum+tcp://pool.example:3333", "Stratum V1")]
    [InlineData("http://pool.example:3333", "\"http\"")]
    [InlineData("stratum2+tcp://pool.example", "no port")]
    [InlineData("stratum2+tcp://[::1]", "no port")]
    [InlineData("stratum2+tcp://:34254", "no host")]
    [InlineData("stratum2+tcp://pool.example:", "1 to 65535")]
    [InlineData("stratum2+tcp://pool.example:0", "1 to 65535")]
    [InlineData("stratum2+tcp://pool.example:65536", "1 to 65535")]
    [InlineData("stratum2+tcp://pool.example:-1", "1 to 65535")]
    [InlineData("stratum2+tcp://pool.example:34254x", "1 to 65535")]
    [InlineData("stratum2+tcp://::1:34254", "brackets")]
    [InlineData("stratum2+tcp://po ol:34254", "neither a name nor an IP address")]
    [InlineData("stratum2+tcp://pool.example:34254/abc", "authority public key")]
    [InlineData("stratum2+tcp://pool.example:34254/9bXiEd8boQVhq7WddEcERUL5tyyJVFYdU8th3HfbNXK3Yw6GRXi", "checksum")]
    [InlineData("stratum2+tcp://pool.example:34254/9bXiEd8boQVhq7WddEcERUL5tyyJVFYdU8th3HfbNXK3Yw6GRXh/more", "base58 does not use")]
    public void What_is_wrong_is_said(string? text, string expected)
    {
        Assert.False(ConnectionString.TryParse(text, out _, out var error));
        Assert.Contains(expected, error);
    }

    [Fact]
    public void Overlong_strings_are_refused() =>
        Assert.False(ConnectionString.TryParse("stratum2+tcp://" + new string('a', 500) + ":1", out _, out _));

    [Fact]
    public void No_text_makes_the_parser_throw() =>
        Prop.ForAll<string?, string?>((host, key) =>
        {
            ConnectionString.TryParse(host, out _, out _);
            var read = ConnectionString.TryParse($"stratum2+tcp://{host}:34254/{key}", out var result, out var error);
            return read ? ConnectionString.Parse(result!.ToString()) == result : error is not null;
        }).QuickCheckThrowOnFailure();
}
