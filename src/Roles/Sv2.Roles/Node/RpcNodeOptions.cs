using System.ComponentModel.DataAnnotations;

namespace Sv2.Roles.Node;

/// <summary>
/// A Bitcoin node that is reached by JSON-RPC: Bitcoin Core, or the embedded chain of a template provider. Give either
/// <see cref="CookieFile"/>, or <see cref="User"/> and <see cref="Password"/>.
/// </summary>
public sealed class RpcNodeOptions
{
    /// <summary>Address of its RPC server, such as <c>http://127.0.0.1:8332</c>.</summary>
    [Required]
    public string Url { get; init; } = "http://127.0.0.1:8332";

    /// <summary>The node's <c>.cookie</c> file; read again whenever the node refuses, because each start of the node writes a new one.</summary>
    public string? CookieFile { get; init; }

    /// <summary>User of <c>rpcauth</c> or <c>rpcuser</c>.</summary>
    public string? User { get; init; }

    /// <summary>Its password.</summary>
    [DataType(DataType.Password)]
    public string? Password { get; init; }

    /// <summary>What is wrong with the configuration of a node; null when nothing is.</summary>
    /// <param name="key">Path of its key.</param>
    internal ConfigurationProblem? Fault(string key)
    {
        if (!Uri.TryCreate(Url, UriKind.Absolute, out Uri? url) || url.Scheme is not ("http" or "https"))
            return new($"{key}.url", $"'{Url}' is not an address such as http://127.0.0.1:8332", "give scheme, host and port");
        if (url.UserInfo.Length > 0)
            return new($"{key}.url", "holds a user or password, which would be shown in reports", "use user and password, or cookieFile");
        if (CookieFile is not null && (User is not null || Password is not null))
            return new(key, "has both a cookie file and a user or password", "give one of them");
        if (CookieFile is null && (User is null || Password is null))
            return new(key, "has neither a cookie file nor user and password", "set cookieFile to the node's .cookie file, or user and password");
        return null;
    }
}
