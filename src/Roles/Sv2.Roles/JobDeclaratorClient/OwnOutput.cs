using Sv2.Bitcoin;

namespace Sv2.Roles.JobDeclaratorClient;

/// <summary>An output that the miner adds to every coinbase (6.4.3, example B).</summary>
/// <param name="Script">Whom it pays, or what it says.</param>
/// <param name="Percent">Part of the template's revenue; 0 for data.</param>
internal sealed record OwnOutput(Script Script, double Percent)
{
    /// <summary>What it gets of a template's revenue.</summary>
    public ulong ValueOf(ulong revenue) => (ulong)(revenue * (decimal)Percent / 100);

    /// <summary>Reads the configured ones.</summary>
    /// <exception cref="ConfigurationException">One of them cannot be used.</exception>
    public static IReadOnlyList<OwnOutput> Read(JobDeclaratorClientOptions options, Network network) =>
        [.. options.OwnOutputs.Select((own, i) => new OwnOutput(ScriptOf(own.Output, network, $"ownOutputs[{i}].output"), own.Percent))];

    /// <summary>The script of an address or descriptor.</summary>
    /// <exception cref="ConfigurationException">It is neither.</exception>
    public static Script ScriptOf(string text, Network network, string key) =>
        OutputDescriptor.TryParse(text, network, out OutputDescriptor? descriptor, out string? error)
            ? descriptor.Script
            : throw new ConfigurationException(key, error, "give an address of the network or a descriptor");
}
