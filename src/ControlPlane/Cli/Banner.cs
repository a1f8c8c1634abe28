using System.Net;
using Sv2.Roles;

namespace Sv2.ControlPlane.Cli;

/// <summary>What a start prints: where everything is, and what to give to a miner.</summary>
internal static class Banner
{
    // As wide as the longest kind of role, whose name an instance has unless told otherwise.
    private const int Width = 23;

    public static void Write(
        CliConsole console, ILineLog log, ControlPlaneServer? server, ControlPlaneOptions? options, string dataDirectory, IReadOnlyList<RoleStatus> instances)
    {
        if (!log.IsForPeople)
        {
            WriteEntries(log, server, dataDirectory, instances);
            return;
        }

        TextWriter output = console.Out;
        output.WriteLine();
        output.WriteLine($"sv2 {ControlPlaneOptions.ProgramVersion}, a Stratum V2 stack for .NET");
        output.WriteLine();
        if (server is not null)
            WriteServer(output, server, options!);
        Line(output, "Data folder", dataDirectory);
        output.WriteLine();
        foreach (RoleStatus instance in instances)
            WriteInstance(output, instance);
        output.WriteLine();
        output.WriteLine("Ctrl-C stops everything.");
        output.WriteLine();
        output.Flush();
    }

    private static void WriteServer(TextWriter output, ControlPlaneServer server, ControlPlaneOptions options)
    {
        Line(output, "Web page", server.Url.GetLeftPart(UriPartial.Authority));
        Line(output, "  signs you in", $"{server.MakeSignInLink()}  (works once; 'sv2 link' gives another)");
        Line(output, "REST API", new Uri(server.Url, "/swagger").ToString());
        if (server.FirstToken is { } token)
            Line(output, "Admin token", $"{token}  (shown this once: keep it safe)");
        if (!IPAddress.IsLoopback(options.Http.Address) && options.Tls is null)
            Line(output, "Warning", "others can reach this address, and it is not encrypted: tokens could be read on the way. See --tls-cert.");
    }

    private static void WriteEntries(ILineLog log, ControlPlaneServer? server, string dataDirectory, IReadOnlyList<RoleStatus> instances)
    {
        log.Write("sv2", RoleEventSeverity.Info, "Started.", ("version", ControlPlaneOptions.ProgramVersion), ("url", server?.Url.GetLeftPart(UriPartial.Authority)), ("dataFolder", dataDirectory));
        if (server is not null)
            log.Write("sv2", RoleEventSeverity.Info, "This link signs a browser in, once.", ("signInLink", server.MakeSignInLink().ToString()));
        if (server?.FirstToken is { } token)
            log.Write("sv2", RoleEventSeverity.Info, "The administrator's token, shown this once.", ("adminToken", token));
        foreach (RoleStatus instance in instances)
            log.Write(instance.Definition.Name, RoleEventSeverity.Info, instance.FailureReason ?? $"{instance.State}.", ("endpoints", instance.Report?.Endpoints));
    }

    private static void WriteInstance(TextWriter output, RoleStatus instance)
    {
        string name = instance.Definition.Name;
        if (instance.State != RoleState.Running)
        {
            Line(output, name, instance.FailureReason is { } reason ? $"failed: {reason}" : instance.State.ToString().ToLowerInvariant());
            return;
        }

        IReadOnlyList<EndpointInfo> endpoints = instance.Report?.Endpoints ?? [];
        if (endpoints.Count == 0)
            Line(output, name, instance.Report?.Message ?? "running");
        foreach (EndpointInfo endpoint in endpoints)
        {
            Line(output, name, $"{endpoint.Address}  {endpoint.Protocol.Replace('-', ' ')}{(endpoint.Encrypted ? ", encrypted" : "")}");
            if (endpoint.ConnectionString is { } connectionString)
                Line(output, endpoint.Protocol == "mining" ? "  for miners" : "  for clients", connectionString);
        }
    }

    private static void Line(TextWriter output, string name, string value) => output.WriteLine($"  {name.PadRight(Width)}{value}");
}
