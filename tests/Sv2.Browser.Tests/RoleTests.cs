using Sv2.Browser.Tests.Support;

namespace Sv2.Browser.Tests;

/// <summary>Roles are run from their pages.</summary>
[Collection(SharedSession.Name)]
public sealed class RoleTests(BrowserSession session) : PageTest(session)
{
    private string State(string role) => Window.Text($"article[aria-label={role}] .pill");

    [BrowserFact]
    public void The_pool_stops_and_starts_and_its_miner_comes_back()
    {
        Window.Open("#/roles", "Roles");
        Window.Until("a device that mines", () => State("device") == "running");
        Window.Press("button[aria-label='Stop pool']");
        Window.Until("a stopped pool", () => State("pool") == "stopped");
        Window.Until("a device that says what it lacks", () => State("device") != "running");
        Assert.NotEqual("", Window.Text("article[aria-label=device] .message"));

        Window.Press("button[aria-label='Start pool']");
        Window.Until("a running pool", () => State("pool") == "running");
        Window.Until("a device that mines again", () => State("device") == "running");
    }

    [BrowserFact]
    public void A_mining_device_is_added_by_form_and_deleted_again()
    {
        Window.Open("#/roles/new?kind=mining-device", "Add a role");
        // What runs here is suggested.
        Window.Until("the pool's connection string", () => Window.The("[data-key=pools] input").GetDomProperty("value")!.StartsWith("stratum2+tcp://", StringComparison.Ordinal));
        Window.Unfold();
        Window.Type("#role-name", "bench");
        Window.Type("#field-userIdentity", "bench.rig1");
        Window.Type("#field-threads", "5000");
        ExpectRefusal("/api/v1/roles");
        Window.Press("form button.primary");
        Window.Until("the limit beside the key", () => Window.Text("[data-key=threads] .bad").Contains("1024", StringComparison.Ordinal));

        Window.Type("#field-threads", "1");
        Window.Type("#field-targetHashRate", "100000");
        Window.Press("form button.primary");
        Window.Until("the new role's page", () => Window.Hash == "#/roles/bench" && Window.Text("main h1") == "bench");
        Window.Until("a role that runs", () => Window.Text(".heading .pill") == "running");
        Window.Open("#/miners?search=bench", "Miners");
        Window.Until("its miner", () => Window.Text("tbody").Contains("bench", StringComparison.Ordinal));

        Window.Open("#/roles/bench", "bench");
        Window.Press(".heading .actions button");
        Window.Press("dialog[open] button.primary");
        Window.Until("the list without it", () => Window.Hash == "#/roles" && Window.All("article[aria-label=pool]").Count == 1 && Window.All("article[aria-label=bench]").Count == 0);
    }

    [BrowserFact]
    public void A_configuration_is_changed_by_form()
    {
        Window.Open("#/roles/device", "device");
        Window.Unfold();
        Window.Until("the form", () => Window.The("#field-userIdentity").GetDomProperty("value") == "device.1");
        Window.Type("#field-userIdentity", "device.2");
        Window.Press("form button.primary");
        Window.Until("a saved configuration", () => Window.Text(".toast").Contains("Saved", StringComparison.Ordinal));
        Window.Until("a device that mines", () => Window.Text(".heading .pill") == "running");
        Window.Type("#field-userIdentity", "device.1");
        Window.Press("form button.primary");
        Window.Until("the pages to rest", () => Window.All("form button.primary").Any(b => !b.Enabled) && Window.Text(".heading .pill") == "running");
    }
}
