using System.Text.Json.Nodes;

namespace Sv2.ControlPlane.Stack;

/// <summary>An instance of a stack that a first start creates.</summary>
/// <param name="Name">Instance name.</param>
/// <param name="Kind">Role kind.</param>
/// <param name="Configuration">Its configuration but for the links.</param>
public sealed record StackInstance(string Name, string Kind, JsonObject Configuration);

/// <summary>One instance connects to another: the connection string of <paramref name="To"/> belongs into a key of <paramref name="From"/>.</summary>
/// <param name="From">The instance that connects.</param>
/// <param name="Key">Path of the key that takes the connection string.</param>
/// <param name="To">The instance that listens.</param>
public sealed record StackLink(string From, string Key, string To);

/// <summary>What a stack consists of.</summary>
/// <param name="Instances">In start order.</param>
/// <param name="Links">How they are wired.</param>
public sealed record StackBlueprint(IReadOnlyList<StackInstance> Instances, IReadOnlyList<StackLink> Links)
{
    /// <summary>The key under which every listening role of the stack has its address.</summary>
    public const string ListenKey = "listen";

    /// <summary>Template provider, pool and device: mines on its own with no configuration.</summary>
    public static StackBlueprint Embedded { get; } = new(
        [
            new("template-provider", "template-provider", new JsonObject
            {
                [ListenKey] = "127.0.0.1:8442",
                // A block every three seconds for the stack's own device of 2 MH/s.
                ["source"] = new JsonObject { ["embedded"] = new JsonObject { ["hashesPerBlock"] = 6_000_000 } },
            }),
            new("pool", "pool", new JsonObject
            {
                [ListenKey] = "127.0.0.1:34254",
                ["network"] = "regtest",
                // The example key of BIP 173: coins of the embedded chain are worth nothing, and everybody may have them.
                ["payout"] = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080",
                ["poolSignature"] = "/sv2/",
                // Two shares a second, so that even a small device shows several between two blocks.
                ["shareInterval"] = "500ms",
            }),
            new("device", "mining-device", new JsonObject { ["userIdentity"] = "device.1" }),
        ],
        [
            new("pool", "templateProviders[0]", "template-provider"),
            new("device", "pools[0]", "pool"),
        ]);
}
