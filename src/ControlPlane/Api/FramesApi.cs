using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using Sv2.ControlPlane.Security;
using Sv2.Protocol.Inspection;
using Sv2.Roles;

namespace Sv2.ControlPlane.Api;

/// <summary>Frames to be shown.</summary>
/// <param name="Frames">Plaintext frames in hex, header and payload; at most 100.</param>
public sealed record FramesToDecode(IReadOnlyList<string> Frames);

/// <summary>What a frame says.</summary>
/// <param name="Frame">The frame as it was given.</param>
/// <param name="Decoded">Its header and fields; also what could be read of one that is wrong. Null where nothing could.</param>
/// <param name="Error">What is wrong with it; null where nothing is.</param>
public sealed record DecodedFrame(string Frame, JsonNode? Decoded, string? Error);

/// <summary>Frames to be made.</summary>
/// <param name="Messages">Messages as the decoder shows them; at most 100.</param>
public sealed record FramesToEncode(IReadOnlyList<JsonObject> Messages);

/// <summary>A frame that was made.</summary>
/// <param name="Frame">Header and payload in hex; null where it could not be made.</param>
/// <param name="Error">Why it could not be made; null where it was.</param>
public sealed record EncodedFrame(string? Frame, string? Error);

/// <summary>The frame inspector.</summary>
internal static class FramesApi
{
    private const int FramesMax = 100;

    public static void MapFrames(this RouteGroupBuilder api)
    {
        RouteGroupBuilder frames = api.MapGroup("/frames").WithTags("Frame inspector").Needs(Scope.Read);
        frames.MapPost("/decode", Decode).WithName("decodeFrames").WithSummary("Shows frames as JSON.").Fails(StatusCodes.Status400BadRequest).IsNoChange();
        frames.MapPost("/encode", Encode).WithName("encodeFrames").WithSummary("Makes frames from JSON.").Fails(StatusCodes.Status400BadRequest).IsNoChange();
    }

    private static Ok<List<DecodedFrame>> Decode(FramesToDecode request)
    {
        CheckCount("frames", request.Frames.Count);
        return TypedResults.Ok(request.Frames.Select(DecodeOne).ToList());
    }

    private static DecodedFrame DecodeOne(string? given)
    {
        // Elements of a JSON list may be null, whatever the list's type says.
        string hex = given ?? "";
        if (!HexText.TryParse(hex, out byte[] frame, out string? error))
            return new DecodedFrame(hex, null, error);
        JsonNode? decoded = JsonNode.Parse(FrameJson.Specification.Decode(frame));
        return new DecodedFrame(hex, decoded, decoded?["error"]?.ToString());
    }

    private static Ok<List<EncodedFrame>> Encode(FramesToEncode request)
    {
        CheckCount("messages", request.Messages.Count);
        return TypedResults.Ok(request.Messages
            .Select(message => FrameJson.Specification.TryEncode(message?.ToJsonString() ?? "null", out byte[] frame, out string? error)
                ? new EncodedFrame(Convert.ToHexStringLower(frame), null)
                : new EncodedFrame(null, error ?? "cannot be encoded"))
            .ToList());
    }

    private static void CheckCount(string key, int count)
    {
        if (count is < 1 or > FramesMax)
            throw new ConfigurationException(key, $"{count} are given", $"give 1 to {FramesMax}");
    }
}
