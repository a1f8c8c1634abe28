using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Unicode;

namespace Sv1;

/// <summary>The three kinds of line.</summary>
public enum Sv1LineKind
{
    /// <summary>A method call that wants an answer.</summary>
    Request,

    /// <summary>A method call without an id: no answer is wanted.</summary>
    Notification,

    /// <summary>An answer.</summary>
    Response,
}

/// <summary>
/// One received line, taken apart but not interpreted. Borrows the line's bytes, copies nothing, and cannot outlive them.
/// </summary>
/// <remarks>
/// Tolerant of what firmware does: members in any order, unknown and repeated members (the last counts), ids of any JSON
/// type, a missing id, missing or null <c>params</c>, trailing commas.
/// </remarks>
public readonly ref struct Sv1Line
{
    private const int DepthMax = 16;

    internal static readonly JsonReaderOptions ReaderOptions = new()
    {
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
        MaxDepth = DepthMax,
    };

    private static ReadOnlySpan<byte> Null => "null"u8;

    /// <summary>What the line is.</summary>
    public Sv1LineKind Kind { get; private init; }

    /// <summary>The id as it stands in the line, with quotes where it is a string; <c>null</c> when there is none. An answer repeats it byte for byte.</summary>
    public ReadOnlySpan<byte> Id { get; private init; }

    /// <summary>Name of the method; empty for a response.</summary>
    public ReadOnlySpan<byte> Method { get; private init; }

    /// <summary>The parameters; none when they are missing, null or no array.</summary>
    public Sv1Values Params => new(_params);

    /// <summary>The result; of kind null when there is none.</summary>
    public Sv1Value Result => new(_result);

    /// <summary>The error; of kind null when there is none.</summary>
    public Sv1Value Error => new(_error);

    private readonly ReadOnlySpan<byte> _params;
    private readonly ReadOnlySpan<byte> _result;
    private readonly ReadOnlySpan<byte> _error;

    private Sv1Line(ReadOnlySpan<byte> parameters, ReadOnlySpan<byte> result, ReadOnlySpan<byte> error)
    {
        _params = parameters;
        _result = result;
        _error = error;
    }

    /// <summary>Takes a line apart.</summary>
    /// <param name="utf8">The line, without its line feed.</param>
    /// <param name="line">The parts, when the result is <see langword="true"/>.</param>
    /// <param name="error">What is wrong, when the result is <see langword="false"/>; quotes nothing of the line.</param>
    /// <returns>Whether the line is a JSON object that is a request, a notification or a response.</returns>
    public static bool TryParse(ReadOnlySpan<byte> utf8, out Sv1Line line, [NotNullWhen(false)] out string? error)
    {
        line = default;
        if (!Utf8.IsValid(utf8))
        {
            error = "not UTF-8";
            return false;
        }
        try
        {
            return TryRead(utf8, out line, out error);
        }
        catch (JsonException e)
        {
            error = $"not JSON at byte {e.BytePositionInLine}";
            return false;
        }
    }

    private static bool TryRead(ReadOnlySpan<byte> utf8, out Sv1Line line, [NotNullWhen(false)] out string? error)
    {
        ReadOnlySpan<byte> id = Null, method = default, parameters = default, result = default, failure = default;
        line = default;
        Utf8JsonReader reader = new(utf8, ReaderOptions);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            error = "not a JSON object";
            return false;
        }
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("id"u8))
                id = Take(ref reader, utf8);
            else if (reader.ValueTextEquals("method"u8))
                method = TakeText(ref reader, utf8);
            else if (reader.ValueTextEquals("params"u8))
                parameters = Take(ref reader, utf8);
            else if (reader.ValueTextEquals("result"u8))
                result = Take(ref reader, utf8);
            else if (reader.ValueTextEquals("error"u8))
                failure = Take(ref reader, utf8);
            else
                Take(ref reader, utf8);
        }
        // Reads to the end, so that rubbish behind the object is noticed.
        while (reader.Read())
        {
        }
        error = method.IsEmpty && result.IsEmpty && failure.IsEmpty ? "neither a method nor a result" : null;
        if (error is not null)
            return false;
        line = new Sv1Line(parameters, result, failure)
        {
            Kind = method.IsEmpty ? Sv1LineKind.Response : id.SequenceEqual(Null) ? Sv1LineKind.Notification : Sv1LineKind.Request,
            Id = id,
            Method = method,
        };
        return true;
    }

    private static ReadOnlySpan<byte> Take(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> utf8)
    {
        reader.Read();
        int start = (int)reader.TokenStartIndex;
        reader.Skip();
        return utf8[start..(int)reader.BytesConsumed];
    }

    private static ReadOnlySpan<byte> TakeText(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> utf8)
    {
        ReadOnlySpan<byte> raw = Take(ref reader, utf8);
        return reader.TokenType != JsonTokenType.String ? default
            : reader.ValueIsEscaped ? System.Text.Encoding.UTF8.GetBytes(reader.GetString()!)
            : raw[1..^1];
    }
}
