namespace Sv2.Architecture.Tests;

/// <summary>
/// Leaning runs one way: spec, generators, Protocol, (Bitcoin, Noise), (Transport, Mining, Sv1), Roles, ControlPlane, cluster.
/// </summary>
public sealed class LeaningRuleTests
{
    /// <summary>What each shipped project may reference, directly or not. A new project must be entered here on purpose.</summary>
    private static readonly Dictionary<string, string[]> MayReference = new()
    {
        ["Sv2.Spec"] = [],
        ["Sv2.Generators"] = ["Sv2.Spec"],
        ["Sv2.Protocol"] = [],
        ["Sv2.Bitcoin"] = ["Sv2.Protocol"],
        ["Sv2.Noise"] = ["Sv2.Protocol"],
        ["Sv2.Noise.NSec"] = ["Sv2.Protocol", "Sv2.Noise"],
        ["Sv2.Transport"] = ["Sv2.Protocol", "Sv2.Noise"],
        ["Sv2.Mining"] = ["Sv2.Protocol", "Sv2.Bitcoin"],
        ["Sv1"] = ["Sv2.Protocol", "Sv2.Bitcoin"],
        ["Sv2.Native"] = ["Sv2.Protocol", "Sv2.Bitcoin", "Sv2.Noise", "Sv2.Mining"],
        ["Sv2.Roles"] = ["Sv2.Protocol", "Sv2.Bitcoin", "Sv2.Noise", "Sv2.Transport", "Sv2.Mining", "Sv1"],
        ["Sv2.ControlPlane"] = ["Sv2.Protocol", "Sv2.Bitcoin", "Sv2.Noise", "Sv2.Transport", "Sv2.Mining", "Sv1", "Sv2.Roles"],
        ["Sv2.Roles.Orleans"] = ["Sv2.Protocol", "Sv2.Bitcoin", "Sv2.Noise", "Sv2.Transport", "Sv2.Mining", "Sv1", "Sv2.Roles"],
        ["Sv2.Cluster"] = ["Sv2.Protocol", "Sv2.Bitcoin", "Sv2.Noise", "Sv2.Transport", "Sv2.Mining", "Sv1", "Sv2.Roles", "Sv2.ControlPlane", "Sv2.Roles.Orleans"],
    };

    /// <summary>Folders of Sv2.Roles that hold a role. A role names no other role and no host.</summary>
    private static readonly string[] RoleFolders =
        ["Pool", "JobDeclaratorServer", "JobDeclaratorClient", "TemplateProvider", "Translator", "MiningProxy", "MiningDevice"];

    [Fact]
    public void Projects_reference_only_what_stands_before_them()
    {
        var offences =
            from project in ShippedProjects()
            let name = Path.GetFileNameWithoutExtension(project)
            from reference in Repository.References(project)
            where !MayReference.TryGetValue(name, out var allowed) || !allowed.Contains(reference)
            select $"{Repository.Relative(project)} references {reference}";

        Assert.Empty(offences);
    }

    [Fact]
    public void Every_shipped_project_is_known_to_the_rule()
    {
        var unknown = ShippedProjects()
            .Select(project => Path.GetFileNameWithoutExtension(project)!)
            .Where(name => !MayReference.ContainsKey(name));

        Assert.Empty(unknown);
        Assert.Contains("Sv2.Protocol", ShippedProjects().Select(Path.GetFileNameWithoutExtension));
    }

    [Fact]
    public void Only_the_cluster_names_Orleans()
    {
        var outside = Repository.Sources("src").Concat(Repository.Sources("generators"))
            .Where(file => !Repository.Relative(file).StartsWith(Path.Combine("src", "Roles", "Orleans"), StringComparison.Ordinal));
        var offences =
            from file in outside
            where CodeLines(file).Any(line => line.Contains("Orleans", StringComparison.Ordinal))
            select Repository.Relative(file);
        var packages =
            from project in ShippedProjects()
            where !Repository.Relative(project).StartsWith(Path.Combine("src", "Roles", "Orleans"), StringComparison.Ordinal)
            from package in Repository.Packages(project)
            where package.Contains("Orleans", StringComparison.Ordinal)
            select $"{Repository.Relative(project)} takes {package}";

        Assert.Empty(offences.Concat(packages));
    }

    [Fact]
    public void A_role_names_no_other_role_and_no_host()
    {
        var offences =
            from role in RoleFolders
            from file in Repository.Sources(Path.Combine("src", "Roles", "Sv2.Roles", role))
            from other in RoleFolders.Append("Hosting")
            where other != role
            where CodeLines(file).Any(line => NamesNamespace(line, other))
            select $"{Repository.Relative(file)} names {other}";

        Assert.Empty(offences);
    }

    [Fact]
    [Trait("spec", "351")]
    public void A_mining_device_knows_nothing_of_templates_and_declared_jobs()
    {
        string[] foreign = ["TemplateDistribution", "JobDeclaration", "Sv2.Mining.Server"];
        var offences =
            from file in Repository.Sources(Path.Combine("src", "Roles", "Sv2.Roles", "MiningDevice"))
            from name in foreign
            where CodeLines(file).Any(line => line.Contains(name, StringComparison.Ordinal))
            select $"{Repository.Relative(file)} names {name}";

        Assert.Empty(offences);
    }

    [Fact]
    public void Nothing_below_the_roles_opens_a_socket_but_the_transport()
    {
        string[] withoutIo = ["Sv2.Protocol", "Sv2.Bitcoin", "Sv2.Noise", "Sv2.Mining", "Sv2.Native"];
        var offences =
            from project in withoutIo
            from file in Repository.Sources(Path.Combine("src", "Sdk", project))
            where CodeLines(file).Any(line => line.Contains("System.Net.Sockets", StringComparison.Ordinal) || line.Contains("System.IO.File", StringComparison.Ordinal))
            select Repository.Relative(file);

        Assert.Empty(offences);
    }

    private static IEnumerable<string> ShippedProjects() =>
        Repository.Projects("src").Concat(Repository.Projects("generators"));

    /// <summary>"using Sv2.Roles.Pool;" and "Sv2.Roles.Pool.PoolRole" name the pool; "Sv2.Roles.PoolSomething" does not.</summary>
    private static bool NamesNamespace(string line, string role) =>
        System.Text.RegularExpressions.Regex.IsMatch(line, $@"\bRoles\.{role}\b");

    private static IEnumerable<string> CodeLines(string file) =>
        File.ReadLines(file).Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal));
}
