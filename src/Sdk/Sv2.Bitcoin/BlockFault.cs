namespace Sv2.Bitcoin;

/// <summary>Why a block is not valid.</summary>
/// <param name="Code">Bitcoin Core's reject reason, such as <c>high-hash</c>.</param>
/// <param name="Reason">What was found and what was expected, in words.</param>
public sealed record BlockFault(string Code, string Reason)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Code}: {Reason}";
}
