namespace Sv2.Transport;

/// <summary>What to do with a connection string that carries no authority key (§4.7).</summary>
public enum KeylessPolicy
{
    /// <summary>Refuse it: without the key nobody knows whom the connection leads to. The default.</summary>
    Refuse,

    /// <summary>Connect without encryption. Only to loopback and private addresses; others are refused.</summary>
    Plain,

    /// <summary>
    /// Encrypt, but accept any server. Insecure: whoever sits in between can take over the hash rate. For tests and
    /// diagnosis.
    /// </summary>
    EncryptWithoutAuthentication,
}

/// <summary>How a client connects.</summary>
public sealed record ConnectorOptions : ConnectionOptions
{
    /// <summary>Time for name resolution and TCP together. Default 10 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>What to do where the connection string carries no authority key. Default: refuse.</summary>
    public KeylessPolicy WithoutKey { get; init; } = KeylessPolicy.Refuse;

    internal override void Validate()
    {
        base.Validate();
        CheckTime(ConnectTimeout, nameof(ConnectTimeout));
    }
}
