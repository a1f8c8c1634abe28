using System.Text;
using System.Text.RegularExpressions;
using Sv2.Spec;
using Sv2.Spec.Model;

namespace Sv2.Native.Tests;

/// <summary>That the header and the library say the same, and that compilers take the header.</summary>
public sealed partial class HeaderTests
{
    private const string LayoutChecks = """
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include "sv2.h"
        #define CHECK(condition, name) do { if (!(condition)) { printf("%s: %s\n", name, #condition); exit(1); } } while (0)
        static void message(uint32_t kind, const char *name, size_t size, size_t fields)
        {
            sv2_message_info info;
            CHECK(sv2_message_describe(kind, &info) == SV2_OK, name);
            CHECK(strcmp(info.name, name) == 0 && info.kind == kind, name);
            CHECK(info.kind == (((uint32_t)info.extension_type << 8) | info.message_type), name);
            CHECK(info.struct_size == size && info.field_count == fields, name);
        }
        static void field(uint32_t kind, size_t index, const char *name, size_t offset, size_t size)
        {
            sv2_field_info info;
            CHECK(sv2_message_describe_field(kind, index, &info) == SV2_OK, name);
            CHECK(strcmp(info.name, name) == 0 && info.offset == offset && info.size == size, name);
        }
        int main(void)
        {

        """;

    private static readonly string[] Structs =
    [
        "sv2_bytes", "sv2_u256", "sv2_bytes_list", "sv2_message", "sv2_tlv", "sv2_message_info", "sv2_field_info", "sv2_address", "sv2_session_info",
        "sv2_client_config", "sv2_channel", "sv2_work", "sv2_event", "sv2_share",
    ];

    [NativeTheory("gcc", "g++", "clang", "clang++")]
    [InlineData("gcc", "-std=c11")]
    [InlineData("clang", "-std=c11")]
    [InlineData("g++", "-std=c++17", "-x", "c++")]
    [InlineData("clang++", "-std=c++17", "-x", "c++")]
    public async Task Examples_compile_without_a_warning(params string[] compiler)
    {
        string[][] programs = [["miner.c", "socket.c"], ["frames.c"]];
        foreach (string[] sources in programs)
        {
            CProgram program = await CProgram.CompileAsync([.. compiler, "-Wpedantic"], [.. sources.Select(name => Path.Combine(NativeLibrary.Examples, name))]);
            Assert.True(File.Exists(program.File));
        }
    }

    [NativeFact]
    public async Task Structs_have_the_layout_that_the_library_reads()
    {
        SpecModel model = SpecCompiler.Compile(SpecFiles(), "Sv2.Protocol").Model;
        string source = LayoutProgram([.. model.Protocols.SelectMany(protocol => protocol.Messages)]);
        string file = NativeLibrary.Keep("layout.c", source);

        CProgram program = await CProgram.CompileAsync(CProgram.C11, file);
        CProgram.Outcome outcome = (await program.RunAsync()).Succeeded();

        Assert.Equal($"{model.Protocols.Sum(protocol => protocol.Messages.Count)} messages", outcome.Output.Trim());
    }

    [NativeFact("nm")]
    public async Task Library_exports_what_the_headers_declare()
    {
        CProgram.Outcome outcome = (await CProgram.RunAsync("nm", ["-D", "--defined-only", NativeLibrary.LibraryFile])).Succeeded();
        string[] exported = [.. outcome.Output.Split('\n').Select(line => line.Split(' ')[^1].Split('@')[0]).Where(name => name.StartsWith("sv2_", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

        Assert.Equal(Declared(), exported);
    }

    [NativeFact]
    public async Task Every_function_is_fuzzed()
    {
        string driver = await File.ReadAllTextAsync(Path.Combine(NativeLibrary.Programs, "fuzz.c"));

        string[] left = [.. Declared().Where(name => !Regex.IsMatch(driver, $@"\b{name}\("))];
        Assert.Empty(left);
    }

    [NativeFact]
    public async Task Measuring_program_runs()
    {
        CProgram program = await CProgram.CompileAsync(CProgram.C11, Path.Combine(NativeLibrary.Programs, "abi_bench.c"));

        Assert.Contains("encode + decode", (await program.RunAsync()).Succeeded().Output, StringComparison.Ordinal);
    }

    [NativeFact]
    public void Library_is_small() =>
        Assert.InRange(new FileInfo(NativeLibrary.LibraryFile).Length, 1, 8 * 1024 * 1024);

    private static string[] Declared() =>
    [
        .. new[] { "sv2.h", "sv2_testing.h" }
            .SelectMany(name => Declaration().Matches(File.ReadAllText(Path.Combine(NativeLibrary.Includes, name))))
            .Select(match => match.Groups[1].Value)
            .Order(StringComparer.Ordinal),
    ];

    private static IEnumerable<SpecSource> SpecFiles()
    {
        string folder = Path.Combine(NativeLibrary.Repository, "spec");
        return Directory.GetFiles(folder, "*.sv2", SearchOption.AllDirectories)
            .Select(path => new SpecSource(Path.GetRelativePath(folder, path), File.ReadAllText(path)));
    }

    /// <summary>A program that compares sizes, offsets, names and numbers of the header with what the library says of itself.</summary>
    private static string LayoutProgram(MessageModel[] messages)
    {
        StringBuilder text = new(LayoutChecks);
        foreach (string type in Structs)
            text.Append($"    CHECK(sv2_struct_size(\"{type}\") == sizeof({type}), \"{type}\");\n");
        foreach (MessageModel message in messages)
        {
            string type = CHeader.StructName(message);
            text.Append($"    message({CHeader.KindName(message)}, \"{message.Name}\", sizeof({type}), {message.Fields.Count});\n");
            for (int i = 0; i < message.Fields.Count; i++)
            {
                string name = CHeader.FieldName(message.Fields[i]);
                text.Append($"    field({CHeader.KindName(message)}, {i}, \"{message.Fields[i].Name}\", offsetof({type}, {name}), sizeof((({type} *)0)->{name}));\n");
            }
        }
        text.Append("    printf(\"%zu messages\\n\", sv2_message_count());\n    return 0;\n}\n");
        return text.ToString();
    }

    [GeneratedRegex(@"^SV2_API [^(]*?\b(sv2_\w+)\(", RegexOptions.Multiline)]
    private static partial Regex Declaration();
}
