namespace Sv2.Roles.Node;

/// <summary>A node cannot be used now.</summary>
internal sealed class NodeUnavailableException(string message, bool isLasting = false) : Exception(message)
{
    /// <summary>Whether a person must change something.</summary>
    public bool IsLasting { get; } = isLasting;
}
