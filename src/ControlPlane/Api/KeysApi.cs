using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using Sv2.ControlPlane.Security;
using Sv2.ControlPlane.Stack;
using Sv2.Noise;
using Sv2.Roles;
using Sv2.Roles.Hosting;
using Sv2.Roles.Keys;

namespace Sv2.ControlPlane.Api;

/// <summary>A key as REST clients see it: never its secret.</summary>
public sealed record KeyView
{
    /// <summary>The role instance; null for a key that was made to be used by one later.</summary>
    public string? Instance { get; init; }

    /// <summary>What it is called: <c>authority</c>, <c>static</c>, or the name that it was made with.</summary>
    public required string Name { get; init; }

    /// <summary><c>authority</c>: what clients know a server by. <c>static</c>: what its certificate speaks for.</summary>
    public required string Kind { get; init; }

    /// <summary>The public key as it stands in connection strings; of a static key in hex.</summary>
    public required string PublicKey { get; init; }

    /// <summary>Where it is kept; for the option <c>authorityKeyFile</c> of a role.</summary>
    public required string File { get; init; }

    /// <summary>When the file was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The certificate in use; null where none is. It is renewed by itself.</summary>
    public CertificateView? Certificate { get; init; }

    /// <summary>What to give to clients; empty where nobody listens with the key.</summary>
    public required IReadOnlyList<string> ConnectionStrings { get; init; }

    /// <summary>Instances here whose configuration names the key.</summary>
    public required IReadOnlyList<string> UsedBy { get; init; }
}

/// <summary>How long a certificate holds.</summary>
public sealed record CertificateView(DateTimeOffset ValidFrom, DateTimeOffset NotValidAfter);

/// <summary>A key to be made.</summary>
/// <param name="Name">Lower-case letters, digits and hyphens, a letter first, at most 40 characters.</param>
public sealed record KeyCreation(string Name);

/// <summary>A key to be replaced.</summary>
public sealed record KeyRotationRequest
{
    /// <summary><c>authority</c> or <c>static</c>.</summary>
    public string Name { get; init; } = RoleKeys.Authority;

    /// <summary>Whether instances here that connect with the old key are given the new one.</summary>
    public bool UpdateClients { get; init; } = true;
}

/// <summary>What a rotation did.</summary>
/// <param name="PublicKey">The new public key.</param>
/// <param name="PreviousPublicKey">The one before; null where there was none.</param>
/// <param name="ArchivedAs">Where the old key is kept; null where there was none.</param>
/// <param name="UpdatedInstances">Instances here that were given the new key. Clients elsewhere need it, too.</param>
public sealed record KeyRotationView(string PublicKey, string? PreviousPublicKey, string? ArchivedAs, IReadOnlyList<string> UpdatedInstances);

/// <summary>A text to be looked at.</summary>
/// <param name="Text">A connection string, or a public key.</param>
public sealed record KeyInspection(string Text);

/// <summary>What a connection string or public key says.</summary>
/// <param name="PublicKey">The public key; null where the connection string has none.</param>
/// <param name="PublicKeyHex">Its 32 bytes in hex.</param>
/// <param name="Host">Where the server is; null for a key alone.</param>
/// <param name="Port">Its port; null for a key alone.</param>
/// <param name="Instance">The instance here whose key it is; null where it is none of ours.</param>
public sealed record KeyInspectionView(string? PublicKey, string? PublicKeyHex, string? Host, int? Port, string? Instance);

/// <summary>Keys and certificates: list, create, rotate, inspect.</summary>
internal static class KeysApi
{
    private const int KeysMax = 100;

    public static void MapKeys(this RouteGroupBuilder api)
    {
        RouteGroupBuilder keys = api.MapGroup("").WithTags("Keys");
        keys.MapGet("/keys", ListAsync).WithName("listKeys").WithSummary("Keys of the roles with their certificates, and keys made for later; never a secret.")
            .Needs(Scope.Read);
        keys.MapPost("/keys", Create).WithName("createKey").WithSummary("Makes an authority key in the data folder, for the option authorityKeyFile of a role.")
            .Needs(Scope.Admin).Fails(StatusCodes.Status400BadRequest, StatusCodes.Status409Conflict);
        keys.MapPost("/keys/inspect", InspectAsync).WithName("inspectKey").WithSummary("Tells what a connection string or public key says.")
            .Needs(Scope.Read).Fails(StatusCodes.Status400BadRequest).IsNoChange();
        keys.MapPost("/roles/{name}/keys/rotate", RotateAsync).WithName("rotateKey").WithSummary("Puts a new key in the place of an instance's, and restarts it.")
            .WithDescription("The old key is kept in a file beside it. Clients elsewhere must be given the new connection string.")
            .Needs(Scope.Admin).Fails(StatusCodes.Status400BadRequest, StatusCodes.Status404NotFound, StatusCodes.Status422UnprocessableEntity);
    }

    private static async Task<Ok<List<KeyView>>> ListAsync(IRoleHost host, ControlPlaneOptions options, CancellationToken cancellationToken)
    {
        IReadOnlyList<RoleStatus> instances = await host.ListAsync(cancellationToken);
        IEnumerable<KeyInfo> keys = await host.ListKeysAsync(cancellationToken);
        return TypedResults.Ok(keys.Concat(Stored(options)).Select(key => View(key, instances)).ToList());
    }

    private static Created<KeyView> Create(KeyCreation creation, ControlPlaneOptions options, HttpContext context)
    {
        RoleNames.Check(creation.Name);
        context.AuditTarget(creation.Name);
        string folder = Folder(options);
        DataFolder.MakeFolder(folder);
        if (Directory.EnumerateFiles(folder, "*.key").Count() >= KeysMax)
            throw new RoleConflictException($"There are {KeysMax} keys, the most that are kept.", "Move some away from the folder keys.");
        string file = Path.Combine(folder, creation.Name + ".key");
        using AuthorityKeyPair pair = AuthorityKeyPair.Generate();
        if (!AuthorityKeyFile.TryCreate(file, pair, "name"))
            throw new RoleConflictException($"There is already a key named '{creation.Name}'.", "Choose another name.");
        context.AuditDetail($"public key {pair.PublicKey}");
        return TypedResults.Created("/api/v1/keys", View(Info(creation.Name, file, pair.PublicKey), []));
    }

    private static async Task<Ok<KeyInspectionView>> InspectAsync(KeyInspection inspection, IRoleHost host, CancellationToken cancellationToken)
    {
        string text = inspection.Text.Trim();
        if (AuthorityPublicKey.TryParse(text, out AuthorityPublicKey? key, out string? keyError))
            return TypedResults.Ok(new KeyInspectionView(key.ToString(), Convert.ToHexStringLower(key.Bytes), null, null, await OwnerAsync(key, host, cancellationToken)));
        if (!ConnectionString.TryParse(text, out ConnectionString? server, out string? error))
            throw new ConfigurationException("text", text.Contains("://", StringComparison.Ordinal) ? error : keyError, "paste a whole connection string or public key");
        return TypedResults.Ok(new KeyInspectionView(
            server.AuthorityPublicKey?.ToString(),
            server.AuthorityPublicKey is { } named ? Convert.ToHexStringLower(named.Bytes) : null,
            server.Host,
            server.Port,
            server.AuthorityPublicKey is { } owned ? await OwnerAsync(owned, host, cancellationToken) : null));
    }

    private static async Task<Ok<KeyRotationView>> RotateAsync(
        string name, KeyRotationRequest request, IRoleHost host, ControlPlaneOptions options, HttpContext context, CancellationToken cancellationToken)
    {
        await host.GetAsync(name, cancellationToken);
        if (request.Name is not (RoleKeys.Authority or "static"))
            throw new ConfigurationException("name", $"'{Problems.Shown(request.Name)}' is not a key that can be replaced", "choose authority or static");
        KeyRotation rotation = await host.RotateKeyAsync(name, request.Name, cancellationToken);
        context.AuditDetail($"{request.Name} key {rotation.PreviousPublicKey ?? "none"} became {rotation.PublicKey}");
        List<string> updated = [];
        if (request.UpdateClients && request.Name == RoleKeys.Authority && rotation.PreviousPublicKey is { } old)
        {
            if (options.DataDirectory is { } folder)
                EmbeddedStack.ReplaceKey(folder, old, rotation.PublicKey);
            foreach (RoleStatus client in await host.ListAsync(cancellationToken))
            {
                if (ReplaceText(client.Definition.Configuration, old, rotation.PublicKey) is not JsonObject changed)
                    continue;
                await host.UpdateAsync(client.Definition.Name, changed, restart: true, cancellationToken);
                updated.Add(client.Definition.Name);
            }
        }

        return TypedResults.Ok(new KeyRotationView(rotation.PublicKey, rotation.PreviousPublicKey, rotation.ArchivedAs, updated));
    }

    private static async Task<string?> OwnerAsync(AuthorityPublicKey key, IRoleHost host, CancellationToken cancellationToken) =>
        (await host.ListKeysAsync(cancellationToken)).FirstOrDefault(k => k.PublicKey == key.ToString())?.Instance;

    private static KeyView View(KeyInfo key, IReadOnlyList<RoleStatus> instances) => new()
    {
        Instance = key.Instance.Length == 0 ? null : key.Instance,
        Name = key.Name,
        Kind = key.Kind,
        PublicKey = key.PublicKey,
        File = key.File,
        CreatedAt = key.CreatedAt,
        Certificate = key is { CertificateValidFrom: { } from, CertificateValidUntil: { } until } ? new CertificateView(from, until) : null,
        ConnectionStrings =
        [
            .. instances.SelectMany(i => i.Report?.Endpoints ?? []).Select(e => e.ConnectionString).OfType<string>()
                .Where(c => c.EndsWith('/' + key.PublicKey, StringComparison.Ordinal)),
        ],
        UsedBy = [.. instances.Where(i => Mentions(i.Definition.Configuration, key.PublicKey)).Select(i => i.Definition.Name)],
    };

    private static bool Mentions(JsonNode? node, string text) => node switch
    {
        JsonObject o => o.Any(p => Mentions(p.Value, text)),
        JsonArray a => a.Any(item => Mentions(item, text)),
        JsonValue v => v.TryGetValue(out string? s) && s.Contains(text, StringComparison.Ordinal),
        _ => false,
    };

    /// <summary>A copy of a configuration with a text replaced; null where it does not occur.</summary>
    private static JsonNode? ReplaceText(JsonNode node, string old, string @new)
    {
        if (!Mentions(node, old))
            return null;
        return Copy(node);

        JsonNode? Copy(JsonNode? part) => part switch
        {
            JsonObject o => new JsonObject(o.Select(p => KeyValuePair.Create(p.Key, Copy(p.Value)))),
            JsonArray a => new JsonArray([.. a.Select(Copy)]),
            JsonValue v when v.TryGetValue(out string? s) => JsonValue.Create(s.Replace(old, @new, StringComparison.Ordinal)),
            _ => part?.DeepClone(),
        };
    }

    private static IEnumerable<KeyInfo> Stored(ControlPlaneOptions options)
    {
        if (options.DataDirectory is null || !Directory.Exists(Folder(options)))
            yield break;
        foreach (string file in Directory.EnumerateFiles(Folder(options), "*.key").Order(StringComparer.Ordinal).Take(KeysMax))
        {
            KeyInfo? info = null;
            try
            {
                using AuthorityKeyPair pair = AuthorityKeyFile.Load(file);
                info = Info(Path.GetFileNameWithoutExtension(file), file, pair.PublicKey);
            }
            catch (ConfigurationException)
            {
                // Not one of ours, or damaged: whoever names it in a configuration is told.
            }

            if (info is not null)
                yield return info;
        }
    }

    private static KeyInfo Info(string name, string file, AuthorityPublicKey key) => new()
    {
        Name = name,
        Kind = "authority",
        PublicKey = key.ToString(),
        File = file,
        CreatedAt = File.GetLastWriteTimeUtc(file),
    };

    private static string Folder(ControlPlaneOptions options) => Path.Combine(
        options.DataDirectory ?? throw new RoleException("This program runs without a data folder.", "Start it with --data-dir."), "keys");
}
