using Sv2.Protocol;

namespace Sv2.Roles.TemplateDistribution;

/// <summary>The transactions of a template (7.5): opaque blobs in block order, without the coinbase.</summary>
/// <param name="ExcessData">What a pool may need besides; must not be interpreted.</param>
/// <param name="Transactions">The transactions as the provider encoded them; pass them on unchanged.</param>
public sealed record TransactionData(ByteString ExcessData, Seq<ByteString> Transactions);

/// <summary>RequestTransactionData was refused or went unanswered.</summary>
public sealed class TransactionDataException(string errorCode, string message) : Exception(message)
{
    /// <summary>
    /// <c>template-id-not-found</c> or <c>stale-template-id</c> from the provider (other codes may come, do not rely on them), or
    /// <c>disconnected</c>, <c>timeout</c> or <c>too-many-requests</c> from the client itself.
    /// </summary>
    public string ErrorCode { get; } = errorCode;
}
