using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Sv2.Bitcoin;
using Sv2.Native.Abi;
using Sv2.Protocol;

namespace Sv2.Native.Hashes;

/// <summary>Hashing of headers and coinbases.</summary>
internal static unsafe class HashExports
{
    /// <summary>Most bytes of a coinbase's halves and extranonce together that are put together here.</summary>
    private const int CoinbaseBytesMax = 0x40000;

    [UnmanagedCallersOnly(EntryPoint = "sv2_sha256d", CallConvs = [typeof(CallConvCdecl)])]
    public static Status Sha256Twice(byte* data, nuint length, U256* hash)
    {
        try
        {
            if (hash is null)
                return Failure.Null("hash");
            if (!Arguments.IsReadable(data, length))
                return Failure.Null("data");
            Unsafe.WriteUnaligned(hash, Sha256d.Hash(new ReadOnlySpan<byte>(data, (int)length)));
            return Status.Ok;
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "sv2_header_hash", CallConvs = [typeof(CallConvCdecl)])]
    public static Status HeaderHash(byte* header, U256* hash)
    {
        try
        {
            if (header is null)
                return Failure.Null("header");
            if (hash is null)
                return Failure.Null("hash");
            Unsafe.WriteUnaligned(hash, Sha256d.Hash(new ReadOnlySpan<byte>(header, BlockHeader.Size)));
            return Status.Ok;
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "sv2_search", CallConvs = [typeof(CallConvCdecl)])]
    public static Status Search(byte* header, uint firstNonce, uint count, U256* target, uint* nonce)
    {
        try
        {
            if (header is null)
                return Failure.Null("header");
            if (target is null)
                return Failure.Null("target");
            if (nonce is null)
                return Failure.Null("nonce");
            if (!BlockHeader.TryRead(new ReadOnlySpan<byte>(header, BlockHeader.Size), out var read))
                return Status.Internal;
            var search = new NonceSearch(read);
            if (!search.TryFind(firstNonce, count, Unsafe.ReadUnaligned<U256>(target), out var found))
                return Status.None;
            *nonce = found;
            return Status.Ok;
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "sv2_merkle_root", CallConvs = [typeof(CallConvCdecl)])]
    public static Status MerkleRoot(
        NativeBytes coinbasePrefix, NativeBytes extranoncePrefix, NativeBytes extranonce, NativeBytes coinbaseSuffix,
        U256* path, nuint pathCount, U256* root)
    {
        try
        {
            if (root is null)
                return Failure.Null("root");
            if (!coinbasePrefix.IsValid || !extranoncePrefix.IsValid || !extranonce.IsValid || !coinbaseSuffix.IsValid)
                return Failure.Null("a part of the coinbase");
            if ((path is null && pathCount > 0) || pathCount > MerklePath.StepsMax)
                return Failure.With(Status.Argument, $"path: NULL, or {pathCount} steps exceed {MerklePath.StepsMax}");
            var length = (long)coinbasePrefix.Length + (long)extranoncePrefix.Length + (long)extranonce.Length + (long)coinbaseSuffix.Length;
            if (length > CoinbaseBytesMax)
                return Failure.With(Status.Limit, $"the coinbase has {length} bytes, at most {CoinbaseBytesMax} are allowed");
            var txid = CoinbaseSplit.Txid(coinbasePrefix.Span, extranoncePrefix.Span, extranonce.Span, coinbaseSuffix.Span);
            Unsafe.WriteUnaligned(root, MerklePath.Fold(txid, new ReadOnlySpan<byte>(path, (int)pathCount * U256.Size)));
            return Status.Ok;
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }
}
