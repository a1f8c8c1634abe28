using System.CommandLine;
using System.Text.Json;
using Sv2.Protocol.Inspection;

namespace Sv2.ControlPlane.Cli;

/// <summary><c>sv2 decode</c> and <c>sv2 encode</c>: frames as JSON, one a line, and back.</summary>
internal static class FrameCommands
{
    public static Command CreateDecode(CliConsole console)
    {
        Argument<string[]> frames = Inputs("HEX", "Plaintext frames in hex, header and payload; without any, one a line from standard input.");
        var command = new Command("decode", "Shows frames as JSON, one object a line. Exit code 1 if one cannot be read.") { frames };
        command.SetAction(parsed => ForEach(console, parsed.GetValue(frames), Decode));
        return command;
    }

    public static Command CreateEncode(CliConsole console)
    {
        Argument<string[]> objects = Inputs("JSON", "Objects as 'sv2 decode' prints them; without any, one a line from standard input.");
        var command = new Command("encode", "Makes frames in hex from JSON, one a line. Exit code 1 if one cannot be made.") { objects };
        command.SetAction(parsed => ForEach(console, parsed.GetValue(objects), Encode));
        return command;
    }

    private static Argument<string[]> Inputs(string name, string description) =>
        new(name) { Description = description, Arity = ArgumentArity.ZeroOrMore };

    private static (string Line, bool Succeeded) Decode(string hex)
    {
        if (!HexText.TryParse(hex, out byte[] frame, out string? error))
            return (FrameJson.Error(error), false);
        string json = FrameJson.Specification.Decode(frame);
        using JsonDocument document = JsonDocument.Parse(json);
        return (json, !document.RootElement.TryGetProperty("error", out _));
    }

    private static (string Line, bool Succeeded) Encode(string json) =>
        FrameJson.Specification.TryEncode(json, out byte[] frame, out string? error)
            ? (Convert.ToHexStringLower(frame), true)
            : (FrameJson.Error(error ?? "cannot be encoded"), false);

    private static int ForEach(CliConsole console, string[]? arguments, Func<string, (string Line, bool Succeeded)> convert)
    {
        int code = ExitCodes.Success;
        foreach (string input in arguments is { Length: > 0 } ? arguments : Lines(console.In))
        {
            (string line, bool succeeded) = convert(input);
            console.Out.WriteLine(line);
            if (!succeeded)
                code = ExitCodes.Failure;
        }

        return code;
    }

    private static IEnumerable<string> Lines(TextReader input)
    {
        while (input.ReadLine() is { } line)
        {
            if (!string.IsNullOrWhiteSpace(line))
                yield return line;
        }
    }
}
