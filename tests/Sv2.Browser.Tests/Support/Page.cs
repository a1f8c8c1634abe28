namespace Sv2.Browser.Tests.Support;

/// <summary>A page: where it is and what it is called.</summary>
internal sealed record Page(string Hash, string Title)
{
    public static IReadOnlyList<Page> All { get; } =
    [
        new("#/", "Overview"),
        new("#/miners", "Miners"),
        new("#/miners/device", "device"),
        new("#/blocks", "Blocks"),
        new("#/templates", "Templates and jobs"),
        new("#/declarations", "Job declarations"),
        new("#/roles", "Roles"),
        new("#/roles/pool", "pool"),
        new("#/roles/new?kind=pool", "Add a role"),
        new("#/upstreams", "Upstreams"),
        new("#/keys", "Keys"),
        new("#/inspector", "Frame inspector"),
        new("#/events", "Events"),
        new("#/access", "Access"),
    ];
}
