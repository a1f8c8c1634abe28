using Sv2.Roles;
using Sv2.Roles.JobDeclaratorClient;
using Sv2.Roles.JobDeclaratorServer;
using Sv2.Roles.MiningDevice;
using Sv2.Roles.MiningProxy;
using Sv2.Roles.Pool;
using Sv2.Roles.TemplateProvider;
using Sv2.Roles.Translator;

namespace Sv2.ControlPlane.Stack;

/// <summary>The kinds of roles that this program can run.</summary>
public static class RoleKinds
{
    /// <summary>All of them, in the order in which a stack is thought of.</summary>
    public static IReadOnlyList<IRoleKind> All { get; } =
    [
        new TemplateProviderKind(),
        new PoolKind(),
        new JobDeclaratorServerKind(),
        new JobDeclaratorClientKind(),
        new MiningProxyKind(),
        new MiningDeviceKind(),
        new TranslatorKind(),
    ];

    /// <summary>Their names for messages.</summary>
    public static string Names => string.Join(", ", All.Select(k => k.Name));

    /// <summary>Finds a kind.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="key">What named it, for the error.</param>
    /// <exception cref="ConfigurationException">There is no such kind.</exception>
    public static IRoleKind Find(string name, string key = "KIND") =>
        All.FirstOrDefault(k => k.Name == name) ?? throw new ConfigurationException(key, $"'{name}' is not a kind of role", $"give one of: {Names}");
}
