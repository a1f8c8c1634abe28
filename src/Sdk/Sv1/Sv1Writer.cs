using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Sv2.Protocol;

namespace Sv1;

/// <summary>
/// Writes lines, each with its line feed, into a buffer of its own that is used again: once it has grown, writing allocates
/// nothing. One thread at a time.
/// </summary>
public sealed partial class Sv1Writer
{
    private const int DigitsOnStack = 256;

    private static readonly JsonWriterOptions Options = new()
    {
        // Plain text for machines; no HTML is near.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    private readonly ArrayBufferWriter<byte> _buffer;
    private readonly Utf8JsonWriter _json;

    /// <summary>Makes a writer.</summary>
    /// <param name="capacity">Bytes of the buffer to begin with.</param>
    public Sv1Writer(int capacity = 512)
    {
        _buffer = new ArrayBufferWriter<byte>(capacity);
        _json = new Utf8JsonWriter(_buffer, Options);
    }

    /// <summary>The lines written since the last <see cref="Clear"/>; valid until the next call.</summary>
    public ReadOnlySpan<byte> Lines => _buffer.WrittenSpan;

    /// <summary>Forgets what was written and keeps the buffer.</summary>
    public void Clear() => _buffer.ResetWrittenCount();

    private void BeginMethod(ReadOnlySpan<byte> method)
    {
        Begin(id: default);
        WriteMethod(method);
    }

    private void BeginRequest(long id, ReadOnlySpan<byte> method)
    {
        Span<byte> digits = stackalloc byte[20];
        _ = id.TryFormat(digits, out int length, default, CultureInfo.InvariantCulture);
        Begin(digits[..length]);
        WriteMethod(method);
    }

    private void WriteMethod(ReadOnlySpan<byte> method)
    {
        _json.WriteString("method"u8, method);
        _json.WriteStartArray("params"u8);
    }

    private void EndMethod()
    {
        _json.WriteEndArray();
        End();
    }

    private void BeginResult(ReadOnlySpan<byte> id)
    {
        Begin(id);
        _json.WritePropertyName("result"u8);
    }

    private void EndResult()
    {
        _json.WriteNull("error"u8);
        End();
    }

    private void Begin(ReadOnlySpan<byte> id)
    {
        _json.Reset(_buffer);
        _json.WriteStartObject();
        _json.WritePropertyName("id"u8);
        if (id.IsEmpty)
            _json.WriteNullValue();
        else
            _json.WriteRawValue(id, skipInputValidation: true);
    }

    private void End()
    {
        _json.WriteEndObject();
        _json.Flush();
        _buffer.GetSpan(1)[0] = (byte)'\n';
        _buffer.Advance(1);
    }

    private void WriteHex(ReadOnlySpan<byte> bytes)
    {
        int length = 2 * bytes.Length;
        byte[]? rented = length <= DigitsOnStack ? null : ArrayPool<byte>.Shared.Rent(length);
        Span<byte> digits = rented is null ? stackalloc byte[DigitsOnStack] : rented;
        Hex.Encode(bytes, digits);
        _json.WriteStringValue(digits[..length]);
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
    }

    private void WriteHex(in U256 hash)
    {
        Span<byte> bytes = stackalloc byte[U256.Size];
        hash.CopyTo(bytes);
        WriteHex(bytes);
    }

    private void WriteHex(uint number)
    {
        Span<byte> digits = stackalloc byte[2 * sizeof(uint)];
        Hex.Encode(number, digits);
        _json.WriteStringValue(digits);
    }

    /// <summary>Firmware reads difficulties with parsers of its own: no exponents, and no fraction where there is none.</summary>
    private void WriteDifficulty(double difficulty)
    {
        Span<byte> text = stackalloc byte[400];
        _ = Sv1Difficulty.TryFormat(difficulty, text, out int length);
        _json.WriteRawValue(text[..length], skipInputValidation: true);
    }
}
