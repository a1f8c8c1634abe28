using System.CommandLine;
using Sv2.Noise;
using Sv2.Roles;
using Sv2.Roles.Keys;

namespace Sv2.ControlPlane.Cli;

/// <summary><c>sv2 keygen</c>: makes and shows authority keys.</summary>
internal static class KeygenCommand
{
    public static Command Create(CliConsole console)
    {
        var output = new Option<string?>("--out") { Description = "Write the key to this new file, readable by you only.", HelpName = "FILE" };
        var show = new Option<string?>("--show") { Description = "Show the public key of an existing file instead of making one.", HelpName = "FILE" };
        var command = new Command("keygen", "Makes an authority key, by which miners recognise a server.") { output, show };
        command.SetAction(parsed => (parsed.GetValue(output), parsed.GetValue(show)) switch
        {
            (_, { } file) => Show(console, file),
            ({ } file, _) => Write(console, file),
            _ => Print(console),
        });
        return command;
    }

    private static int Show(CliConsole console, string file)
    {
        using AuthorityKeyPair pair = AuthorityKeyFile.Load(Path.GetFullPath(file), "--show");
        Describe(console, pair.PublicKey);
        return ExitCodes.Success;
    }

    private static int Write(CliConsole console, string file)
    {
        using AuthorityKeyPair pair = AuthorityKeyPair.Generate();
        if (!AuthorityKeyFile.TryCreate(Path.GetFullPath(file), pair, "--out"))
            throw new ConfigurationException("--out", $"{file} exists already", "give another name; a key in use must not be lost");
        console.Out.WriteLine($"Wrote {file}. Name it as authorityKeyFile in a role's configuration.");
        Describe(console, pair.PublicKey);
        return ExitCodes.Success;
    }

    private static int Print(CliConsole console)
    {
        using AuthorityKeyPair pair = AuthorityKeyPair.Generate();
        Span<byte> secret = stackalloc byte[AuthorityKeyPair.SecretSize];
        pair.ExportSecret(secret);
        console.Out.WriteLine($"Secret      {Convert.ToHexStringLower(secret)}");
        secret.Clear();
        Describe(console, pair.PublicKey);
        return ExitCodes.Success;
    }

    private static void Describe(CliConsole console, AuthorityPublicKey key)
    {
        console.Out.WriteLine($"Public key  {key}");
        console.Out.WriteLine($"Miners use  stratum2+tcp://HOST:PORT/{key}");
    }
}
