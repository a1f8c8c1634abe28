namespace Sv2.Roles;

/// <summary>
/// A role with keys that its peers know it by. Asked of instances that run and of instances that do not (made for the
/// question, never started), so it reads files and nothing else.
/// </summary>
public interface IKeySource
{
    /// <summary>The keys; empty before the first start has made them.</summary>
    /// <exception cref="ConfigurationException">A key file cannot be used.</exception>
    IReadOnlyList<KeyInfo> ListKeys();

    /// <summary>Puts a new key in the place of a key; the old file is kept beside it. Counts from the next start.</summary>
    /// <param name="name">The key's name, as listed.</param>
    /// <exception cref="RoleNotFoundException">There is no such key.</exception>
    /// <exception cref="ConfigurationException">The file cannot be replaced.</exception>
    KeyRotation RotateKey(string name);
}

/// <summary>A key, without its secret.</summary>
public sealed record KeyInfo
{
    /// <summary>The role instance; empty for a key that belongs to none. The host fills it in.</summary>
    public string Instance { get; init; } = "";

    /// <summary>What it is called, such as <c>authority</c>.</summary>
    public required string Name { get; init; }

    /// <summary><c>authority</c>: what clients know a server by. <c>static</c>: what a certificate speaks for.</summary>
    public required string Kind { get; init; }

    /// <summary>The public key as it stands in connection strings; of a static key in hex.</summary>
    public required string PublicKey { get; init; }

    /// <summary>Where it is kept.</summary>
    public required string File { get; init; }

    /// <summary>When the file was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Since when the present certificate holds; null where none is in use.</summary>
    public DateTimeOffset? CertificateValidFrom { get; init; }

    /// <summary>Until when the present certificate holds. It is renewed before that, by itself.</summary>
    public DateTimeOffset? CertificateValidUntil { get; init; }
}

/// <summary>What a rotation did.</summary>
/// <param name="PublicKey">The new public key.</param>
/// <param name="PreviousPublicKey">The one before; null where there was none.</param>
/// <param name="ArchivedAs">Where the old key is kept; null where there was none.</param>
public sealed record KeyRotation(string PublicKey, string? PreviousPublicKey, string? ArchivedAs);
