using System.Text.Encodings.Web;
using System.Text.Json;

namespace Sv2.Protocol.Inspection;

/// <summary>
/// Shows frames as JSON objects and makes frames from them, by the descriptions of the messages alone. For tools and
/// tests: it favours clarity over speed.
/// </summary>
/// <remarks>
/// A known message: <c>{"message","protocol","extension_type","msg_type","channel_msg","fields":{…},"tlvs":[…]}</c>.
/// Names are those of the specification. Integers, enumerations and flags are numbers; U256 and byte strings are
/// lower-case hexadecimal digits in wire order; text is text; an option is its value or null; a sequence is an array. A
/// TLV is <c>{"extension_type","field_type","name","value"}</c>, the value in hexadecimal digits when the TLV is unknown.
/// <para>An unknown message has <c>"payload"</c>, in hexadecimal digits, in place of fields and TLVs. Bytes that hold no
/// frame, or a known message that cannot be read, give an object with <c>"error"</c>.</para>
/// <para>What JSON cannot carry goes into further members, so that <see cref="TryEncode"/> gives back the very bytes:
/// <c>"text_bytes"</c> for text that is not UTF-8, <c>"absent"</c> for trailing fields an older peer left out,
/// <c>"tlv_byte_order"</c> for big-endian TLVs, <c>"trailing"</c> for a TLV area that is cut short.</para>
/// </remarks>
/// <param name="catalog">The messages to know.</param>
public sealed class FrameJson(MessageCatalog catalog)
{
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Knows the messages of the specification.</summary>
    public static FrameJson Specification { get; } = new(MessageCatalog.Specification);

    /// <summary>Shows the first frame of a run of bytes.</summary>
    /// <param name="bytes">One frame or more, plaintext.</param>
    /// <param name="consumed">
    /// Bytes of the frame; all bytes when they do not hold a whole frame, because what follows cannot be told apart then.
    /// </param>
    /// <returns>One line of JSON. Never throws, whatever the bytes.</returns>
    public string DecodeFirst(ReadOnlySpan<byte> bytes, out int consumed)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream, WriterOptions)) consumed = Decode(bytes, writer);
        return System.Text.Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    /// <summary>Shows a single frame; bytes after it are an error.</summary>
    public string Decode(ReadOnlySpan<byte> frame)
    {
        string json = DecodeFirst(frame, out int consumed);
        return consumed == frame.Length ? json : Error($"{frame.Length - consumed} bytes follow the frame");
    }

    /// <summary>Writes the first frame of a run of bytes as one JSON object.</summary>
    /// <returns>Bytes of the frame, or all bytes when they do not hold a whole one.</returns>
    public int Decode(ReadOnlySpan<byte> bytes, Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        if (!FrameHeader.TryRead(bytes, out FrameHeader header))
        {
            WriteError(writer, $"a frame header takes {FrameHeader.Size} bytes, {bytes.Length} are left");
            return bytes.Length;
        }

        ReadOnlySpan<byte> rest = bytes[FrameHeader.Size..];
        if (rest.Length < header.PayloadLength)
        {
            WriteError(writer, $"the header announces a payload of {header.PayloadLength} bytes, {rest.Length} are left", header);
            return bytes.Length;
        }

        new FrameJsonWriter(catalog, writer).Write(header, rest[..header.PayloadLength]);
        return header.FrameLength;
    }

    /// <summary>Makes a frame from a JSON object as <see cref="Decode(ReadOnlySpan{byte})"/> gives it.</summary>
    /// <param name="json">
    /// The object. <c>"message"</c> is enough to name a message; where two protocols share the name, add <c>"protocol"</c>
    /// or <c>"msg_type"</c>. <c>"channel_msg"</c> and <c>"tlvs"</c> may be left out.
    /// </param>
    /// <param name="frame">Header and payload, or empty.</param>
    /// <param name="error">What is wrong with the object, or null.</param>
    /// <returns>Whether a frame was made.</returns>
    public bool TryEncode(string json, out byte[] frame, out string? error)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            frame = new FrameJsonReader(catalog).Read(document.RootElement);
            error = null;
            return true;
        }
        catch (JsonException exception)
        {
            error = $"not a JSON object: {exception.Message}";
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException)
        {
            // Half a surrogate pair: JSON can spell it as an escape, text cannot hold it.
            error = $"not valid text: {exception.Message}";
        }
        catch (FrameJsonException exception)
        {
            error = exception.Message;
        }

        frame = [];
        return false;
    }

    /// <summary>An object that says why there is nothing to show.</summary>
    public static string Error(string text)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream, WriterOptions)) WriteError(writer, text);
        return System.Text.Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    private static void WriteError(Utf8JsonWriter writer, string text, FrameHeader? header = null)
    {
        writer.WriteStartObject();
        writer.WriteString("error", text);
        if (header is { } known) FrameJsonWriter.WriteHeader(writer, known);
        writer.WriteEndObject();
    }
}

/// <summary>A JSON object that makes no frame; the message says what is wrong with it.</summary>
internal sealed class FrameJsonException(string message) : Exception(message);
