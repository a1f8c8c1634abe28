using Sv2.Protocol;
using Sv2.Roles.JobDeclaration;

namespace Sv2.Roles.JobDeclaratorClient;

/// <summary>A token of AllocateMiningJobToken.Success (6.4.3), good for one job.</summary>
/// <param name="Bytes">The token. A secret between the peers: never logged.</param>
/// <param name="OutputBytes"><c>coinbase_tx_outputs</c> as it came.</param>
/// <param name="Outputs">The same, read.</param>
/// <param name="ReceivedAt">When it came.</param>
internal sealed record MiningToken(ByteString Bytes, ByteString OutputBytes, PoolOutputs Outputs, DateTimeOffset ReceivedAt)
{
    /// <summary>Tells tokens apart without giving them away: the same here and at the server.</summary>
    public string Fingerprint => TokenDigest.Fingerprint(Bytes.Span);
}
