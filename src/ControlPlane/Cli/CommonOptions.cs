using System.CommandLine;
using System.Net;
using Sv2.Roles;
using Sv2.Roles.Hosting;

namespace Sv2.ControlPlane.Cli;

/// <summary>Options that several verbs have.</summary>
internal static class CommonOptions
{
    public static Option<string?> DataDir() => new("--data-dir")
    {
        Description = "Folder for keys, chain, shares and configuration. Default: the user's local application data folder.",
        HelpName = "DIR",
    };

    public static Option<string?> Http(string? fallback) => new("--http")
    {
        Description = fallback is null
            ? "Serve REST API and web page there; port 0 takes any free one. Default: not at all."
            : $"Where REST API and web page are served; port 0 takes any free one. Default: {fallback}.",
        HelpName = "ADDRESS:PORT",
    };

    public static Option<bool> Verbose() => new("--verbose", "-v") { Description = "Show the roles' own logs too." };

    /// <exception cref="ConfigurationException">The text is no address.</exception>
    public static IPEndPoint? ParseHttp(string? text)
    {
        if (text is null)
            return null;
        return EndPointJsonConverter.TryParse(text, out IPEndPoint? endPoint)
            ? endPoint
            : throw new ConfigurationException("--http", $"'{text}' is not an address and port", "write it like 127.0.0.1:8080 or [::1]:8080");
    }
}
