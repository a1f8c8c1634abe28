using Sv2.Roles;

namespace Sv2.ControlPlane.Cli;

/// <summary>What a start prints: where everything is, and what to give to a miner.</summary>
internal static class Banner
{
    private const int Width = 20;

    public static void Write(TextWriter output, Uri? web, string dataDirectory, bool needsKey, IReadOnlyList<RoleStatus> instances)
    {
        output.WriteLine();
        output.WriteLine($"sv2 {ControlPlaneOptions.ProgramVersion}, a Stratum V2 stack for .NET");
        output.WriteLine();
        if (web is not null)
        {
            Line(output, "Web page", web.GetLeftPart(UriPartial.Authority));
            Line(output, "REST API", new Uri(web, "/swagger").ToString());
            if (needsKey)
                Line(output, "API key", $"in {Path.Combine(dataDirectory, "api.key")}");
        }

        Line(output, "Data folder", dataDirectory);
        output.WriteLine();
        foreach (RoleStatus instance in instances)
            WriteInstance(output, instance);
        output.WriteLine();
        output.WriteLine("Ctrl-C stops everything.");
        output.WriteLine();
        output.Flush();
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
