using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sv2.Noise;
using Sv2.Roles;
using Sv2.Roles.Hosting;

namespace Sv2.ControlPlane.Stack;

/// <summary>
/// Brings up a stack: creates its instances at the first start, and wires them at every start with the connection strings
/// that they really have. After that they are instances like any other: what an operator changed, deleted or stopped stays so.
/// </summary>
public sealed class EmbeddedStack(InProcessRoleHost host, string dataDirectory, StackBlueprint blueprint)
{
    private const string RecordFileName = "stack.json";

    private readonly string _recordFile = Path.Combine(dataDirectory, RecordFileName);

    /// <summary>The embedded stack.</summary>
    public EmbeddedStack(InProcessRoleHost host, string dataDirectory)
        : this(host, dataDirectory, StackBlueprint.Embedded)
    {
    }

    /// <summary>An instance got a new key: the connection strings that were written here change with it, and stay ours.</summary>
    public static void ReplaceKey(string dataDirectory, string previous, string present)
    {
        string record = Path.Combine(dataDirectory, RecordFileName);
        if (File.Exists(record))
            AtomicFile.Write(record, System.Text.Encoding.UTF8.GetBytes(File.ReadAllText(record).Replace(previous, present, StringComparison.Ordinal)));
    }

    /// <summary>Creates what is missing at the first start, then starts in order everything that should run.</summary>
    /// <param name="settings">Keys to change first. They are stored.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <exception cref="ConfigurationException">A setting or a stored configuration cannot be used; keys read <c>instance.key</c>.</exception>
    public async Task StartAsync(IReadOnlyList<StackSetting> settings, CancellationToken cancellationToken)
    {
        StackRecord record = ReadRecord();
        List<RoleDefinition> definitions = [.. await PlanAsync(record, cancellationToken)];
        foreach (StackSetting setting in settings)
        {
            if (!definitions.Any(d => d.Name == setting.Instance))
                throw new ConfigurationException($"--set {setting.Instance}.{setting.Key}", $"there is no instance '{setting.Instance}'", $"use one of: {string.Join(", ", definitions.Select(d => d.Name))}");
        }

        foreach (RoleDefinition definition in definitions)
        {
            RoleStatus status = await BringUpAsync(definition, [.. settings.Where(s => s.Instance == definition.Name)], record, cancellationToken);
            if (status.Problems.Count > 0)
                throw new ConfigurationException(Prefix(definition.Name, status.Problems));
            await PinPortAsync(status, cancellationToken);
        }

        WriteRecord(record with { IsCreated = true });
    }

    /// <summary>What there is, and at the first start what there should be.</summary>
    private async Task<IEnumerable<RoleDefinition>> PlanAsync(StackRecord record, CancellationToken cancellationToken)
    {
        List<RoleDefinition> present = [.. (await host.ListAsync(cancellationToken)).Select(s => s.Definition)];
        if (record.IsCreated)
            return present;
        IEnumerable<RoleDefinition> missing = blueprint.Instances
            .Select((instance, order) => new RoleDefinition
            {
                Name = instance.Name,
                Kind = instance.Kind,
                Configuration = (JsonObject)instance.Configuration.DeepClone(),
                Order = order,
            })
            .Where(d => !present.Any(p => p.Name == d.Name));
        return present.Concat(missing).OrderBy(d => d.Order).ThenBy(d => d.Name, StringComparer.Ordinal);
    }

    private async Task<RoleStatus> BringUpAsync(RoleDefinition definition, IReadOnlyList<StackSetting> settings, StackRecord record, CancellationToken cancellationToken)
    {
        var configuration = (JsonObject)definition.Configuration.DeepClone();
        try
        {
            IRoleKind kind = host.KindOf(definition.Kind);
            await LinkAsync(definition.Name, kind, configuration, record, cancellationToken);
            foreach (StackSetting setting in settings)
                ConfigurationKey.Set(kind, configuration, setting.Key, setting.Value);

            bool isNew = !(await host.ListAsync(cancellationToken)).Any(s => s.Definition.Name == definition.Name);
            if (isNew)
                return await host.CreateAsync(definition with { Configuration = configuration }, cancellationToken);
            if (!JsonNode.DeepEquals(configuration, definition.Configuration))
                await host.UpdateAsync(definition.Name, configuration, restart: false, cancellationToken);
        }
        catch (ConfigurationException e)
        {
            throw new ConfigurationException(Prefix(definition.Name, e.Problems), e);
        }

        return definition.DesiredState == DesiredState.Running
            ? await host.StartAsync(definition.Name, cancellationToken)
            : await host.GetAsync(definition.Name, cancellationToken);
    }

    /// <summary>
    /// Writes the connection strings of the instances that this one connects to. A value that is neither absent nor what was
    /// written here last time is the operator's, and stays.
    /// </summary>
    private async Task LinkAsync(string name, IRoleKind kind, JsonObject configuration, StackRecord record, CancellationToken cancellationToken)
    {
        IReadOnlyList<RoleStatus> instances = await host.ListAsync(cancellationToken);
        foreach (StackLink link in blueprint.Links.Where(l => l.From == name))
        {
            string? present = ConfigurationKey.Get(configuration, link.Key)?.ToString();
            string id = $"{link.From}.{link.Key}";
            bool isOurs = present is null ? !record.IsCreated : present == record.Links.GetValueOrDefault(id);
            string? actual = instances.FirstOrDefault(i => i.Definition.Name == link.To)?.Report?.Endpoints
                .Select(e => e.ConnectionString).FirstOrDefault(c => c is not null);
            if (!isOurs || actual is null)
                continue;
            string local = ForThisMachine(actual);
            ConfigurationKey.Set(kind, configuration, link.Key, local);
            record.Links[id] = local;
        }
    }

    /// <summary>Who listens on every address is reached on loopback.</summary>
    private static string ForThisMachine(string connectionString)
    {
        ConnectionString parts = ConnectionString.Parse(connectionString);
        return !IPAddress.TryParse(parts.Host, out IPAddress? address) ? connectionString
            : address.Equals(IPAddress.Any) ? (parts with { Host = "127.0.0.1" }).ToString()
            : address.Equals(IPAddress.IPv6Any) ? (parts with { Host = "::1" }).ToString()
            : connectionString;
    }

    /// <summary>
    /// Port 0 means any free port, once: the port that was found is stored, so that a restart of the role finds the same and
    /// those connected to it come back.
    /// </summary>
    private async Task PinPortAsync(RoleStatus status, CancellationToken cancellationToken)
    {
        JsonObject stored = status.Definition.Configuration;
        if (!EndPointJsonConverter.TryParse(stored[StackBlueprint.ListenKey]?.ToString(), out IPEndPoint? wanted) || wanted.Port != 0
            || status.Report?.Endpoints is not [{ Address: { } bound }, ..])
            return;
        var configuration = (JsonObject)stored.DeepClone();
        configuration[StackBlueprint.ListenKey] = bound;
        await host.UpdateAsync(status.Definition.Name, configuration, restart: false, cancellationToken);
    }

    private static ConfigurationProblem[] Prefix(string instance, IReadOnlyList<ConfigurationProblem> problems) =>
        [.. problems.Select(p => p with { Key = p.Key.Length == 0 ? instance : $"{instance}.{p.Key}" })];

    private StackRecord ReadRecord()
    {
        if (!File.Exists(_recordFile))
            return new StackRecord();
        try
        {
            return JsonSerializer.Deserialize<StackRecord>(File.ReadAllBytes(_recordFile), RoleJson.Wire) ?? new StackRecord();
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException(_recordFile, $"cannot be read: {e.Message}", "delete it to have the embedded stack completed again", e);
        }
    }

    private void WriteRecord(StackRecord record) =>
        AtomicFile.Write(_recordFile, JsonSerializer.SerializeToUtf8Bytes(record, RoleJson.Wire));

    /// <summary>What earlier starts did.</summary>
    private sealed record StackRecord
    {
        /// <summary>Whether the instances were created: what is missing since then was deleted on purpose.</summary>
        public bool IsCreated { get; init; }

        /// <summary>The connection strings that were written, by <c>instance.key</c>.</summary>
        public Dictionary<string, string> Links { get; init; } = [];
    }
}
