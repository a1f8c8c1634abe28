using System.Text;

namespace Sv1.Tests;

public sealed class Sv1LineTests
{
    [Theory]
    [InlineData("""{"id":1,"method":"mining.ping","params":[]}""", Sv1LineKind.Request, "1")]
    [InlineData("""{"params":[],"method":"mining.ping","id":1}""", Sv1LineKind.Request, "1")]
    [InlineData("""{"method":"mining.ping","id":"7"}""", Sv1LineKind.Request, "\"7\"")]
    [InlineData("""{"jsonrpc":"2.0","extra":{"a":[1]},"id":3,"method":"mining.ping","params":null,}""", Sv1LineKind.Request, "3")]
    [InlineData("""{"id":null,"method":"mining.ping","params":[]}""", Sv1LineKind.Notification, "null")]
    [InlineData("""{"method":"mining.ping"}""", Sv1LineKind.Notification, "null")]
    [InlineData("""{"id":5,"result":true,"error":null}""", Sv1LineKind.Response, "5")]
    [InlineData("""{"id":5,"error":[20,"x",null]}""", Sv1LineKind.Response, "5")]
    [InlineData("""{"id":1,"id":2,"method":"mining.ping"}""", Sv1LineKind.Request, "2")]
    public void Reads_what_firmware_sends(string text, Sv1LineKind kind, string id)
    {
        Assert.True(Sv1Line.TryParse(Encoding.UTF8.GetBytes(text), out Sv1Line line, out string? error), error);
        Assert.Equal(kind, line.Kind);
        Assert.Equal(id, Encoding.UTF8.GetString(line.Id));
        Assert.Equal(kind == Sv1LineKind.Response ? "" : "mining.ping", Encoding.UTF8.GetString(line.Method));
        Assert.False(line.Params.TryNext(out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("hello")]
    [InlineData("[1]")]
    [InlineData("{\"id\":1")]
    [InlineData("{\"id\":1}")]
    [InlineData("{\"id\":1,\"method\":\"a\"} {\"id\":2}")]
    [InlineData("{\"id\":1,\"method\":")]
    [InlineData("{\"id\":,\"method\":\"a\"}")]
    [InlineData("{\"method\":17}")]
    [InlineData("{\"id\":1,\"method\":\"a\",\"params\":[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]}")]
    public void Refuses_what_is_no_call_and_no_answer(string text)
    {
        Assert.False(Sv1Line.TryParse(Encoding.UTF8.GetBytes(text), out _, out string? error));
        Assert.NotEmpty(error);
    }

    [Fact]
    public void Refuses_what_is_not_utf8()
    {
        byte[] bytes = [.. "{\"id\":1,\"method\":\"mining.authorize\",\"params\":[\""u8, 0xc3, 0x28, .. "\"]}"u8];

        Assert.False(Sv1Line.TryParse(bytes, out _, out string? error));
        Assert.Equal("not UTF-8", error);
    }

    [Fact]
    public void Reads_escaped_texts_and_texts_that_have_none()
    {
        Assert.True(Sv1Line.TryParse("""{"id":1,"method":"mining\u002eauthorize","params":["a\tb","\ud800",12.5,"0x1F",{"k":[]},true]}"""u8, out Sv1Line line, out _));
        Assert.Equal("mining.authorize", Encoding.UTF8.GetString(line.Method));
        Sv1Values values = line.Params;
        Assert.Equal("a\tb", values.Next().ToString());
        Assert.Equal("", values.Next().ToString());
        Assert.Equal("12.5", values.Next().ToString());
        Assert.True(values.Next().TryGetHexUInt32(out uint number));
        Assert.Equal(31u, number);
        Assert.True(values.Next().Member("k"u8).IsArray);
        Assert.True(values.Next().IsTrue);
        Assert.True(values.Next().IsNull);
    }

    [Theory]
    [InlineData("\"00ff\"", "00ff")]
    [InlineData("\"0X00FF\"", "00ff")]
    [InlineData("\"0ff\"", null)]
    [InlineData("\"zz\"", null)]
    [InlineData("\"0f-0\"", null)]
    [InlineData("\"0000000000\"", null)]
    [InlineData("12", "12")]
    [InlineData("true", null)]
    public void Decodes_hexadecimal(string json, string? expected)
    {
        Sv1Value value = new(Encoding.UTF8.GetBytes(json));
        byte[] buffer = new byte[4];
        bool isHex = value.TryGetHex(buffer, out int size);
        Assert.Equal(expected, isHex ? Convert.ToHexStringLower(buffer.AsSpan(0, size)) : null);
    }

    [Fact]
    public void Any_bytes_at_all_are_read_or_refused()
    {
        var random = new Random(7);
        byte[] good = """{"id":4,"method":"mining.submit","params":["a.b","j",{"x":"\u00e9"},"00000001",1.5e3,null]}"""u8.ToArray();
        for (int i = 0; i < 20_000; i++)
        {
            byte[] bytes = good.ToArray();
            for (int n = random.Next(1, 6); n > 0; n--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            ReadOnlySpan<byte> cut = bytes.AsSpan(0, random.Next(bytes.Length + 1));
            if (!Sv1Line.TryParse(cut, out Sv1Line line, out string? error))
            {
                Assert.NotNull(error);
                continue;
            }
            Sv1Values values = line.Params;
            while (values.TryNext(out Sv1Value value))
                _ = value.ToString() + value.Member("x"u8).ToString() + value.TryGetDouble(out _) + value.TryGetInt32(out _) + value.TryGetHexUInt32(out _);
            _ = SubmitRequest.TryRead(line.Params, out _, out _);
            _ = ConfigureRequest.TryRead(line.Params, out _, out _);
            _ = NotifyMessage.TryRead(line.Params, out _, out _);
        }
    }
}
