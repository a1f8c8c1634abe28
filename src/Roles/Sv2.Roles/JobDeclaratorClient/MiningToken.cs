using System.Security.Cryptography;
using Sv2.Bitcoin;
using Sv2.Protocol;

namespace Sv2.Roles.JobDeclaratorClient;

/// <summary>A token of AllocateMiningJobToken.Success (6.4.3), good for one job.</summary>
/// <param name="Bytes">The token. A secret between the peers: never logged.</param>
/// <param name="OutputBytes"><c>coinbase_tx_outputs</c> as it came.</param>
/// <param name="Outputs">The same, read; the first is the pool's payout.</param>
/// <param name="ReceivedAt">When it came.</param>
internal sealed record MiningToken(ByteString Bytes, ByteString OutputBytes, TxOutput[] Outputs, DateTimeOffset ReceivedAt)
{
    private const int FingerprintBytes = 6;

    /// <summary>Tells tokens apart without giving them away.</summary>
    public string Fingerprint => Convert.ToHexStringLower(SHA256.HashData(Bytes.Span).AsSpan(0, FingerprintBytes));
}
