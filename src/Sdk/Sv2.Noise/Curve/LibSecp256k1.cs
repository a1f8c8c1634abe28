using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Sv2.Noise.Curve;

/// <summary>
/// The curve operations by the system's libsecp256k1, where it is installed with its ECDH and Schnorr modules. Its
/// ElligatorSwift module is not needed (Debian 12's build has none): encodings are handled here.
/// </summary>
internal sealed unsafe class LibSecp256k1 : ISecp256k1
{
    // Debian 12's name first, then the later ones; their interfaces are the same for what is used here.
    private static readonly string[] LibraryNames = ["libsecp256k1.so.1", "libsecp256k1.so.2", "libsecp256k1.so.5", "libsecp256k1.so.6", "libsecp256k1", "secp256k1"];

    private static readonly Lazy<LibSecp256k1?> LazyInstance = new(TryLoad);

    // Sizes of the library's structures; they are part of its interface.
    private const int PublicKeySize = 64;
    private const int KeyPairSize = 96;
    private const int UncompressedSize = 65;
    private const uint ContextNone = 1;

    private readonly nint _context;
    private readonly delegate* unmanaged[Cdecl]<nint, byte*, byte*, int> _publicKeyCreate;
    private readonly delegate* unmanaged[Cdecl]<nint, byte*, byte*, nuint, int> _publicKeyParse;
    private readonly delegate* unmanaged[Cdecl]<nint, byte*, byte*, byte*, delegate* unmanaged[Cdecl]<byte*, byte*, byte*, void*, int>, void*, int> _ecdh;
    private readonly delegate* unmanaged[Cdecl]<nint, byte*, int*, byte*, int> _xOnlyFromPublicKey;
    private readonly delegate* unmanaged[Cdecl]<nint, byte*, byte*, int> _xOnlyParse;
    private readonly delegate* unmanaged[Cdecl]<nint, byte*, byte*, int> _xOnlySerialize;
    private readonly delegate* unmanaged[Cdecl]<nint, byte*, byte*, int> _keyPairCreate;
    private readonly delegate* unmanaged[Cdecl]<nint, byte*, byte*, byte*, byte*, int> _sign;
    private readonly delegate* unmanaged[Cdecl]<nint, byte*, byte*, nuint, byte*, int> _verify;

    private LibSecp256k1(nint library, string file)
    {
        Name = file;
        _context = ((delegate* unmanaged[Cdecl]<uint, nint>)NativeLibrary.GetExport(library, "secp256k1_context_create"))(ContextNone);
        _publicKeyCreate = (delegate* unmanaged[Cdecl]<nint, byte*, byte*, int>)NativeLibrary.GetExport(library, "secp256k1_ec_pubkey_create");
        _publicKeyParse = (delegate* unmanaged[Cdecl]<nint, byte*, byte*, nuint, int>)NativeLibrary.GetExport(library, "secp256k1_ec_pubkey_parse");
        _ecdh = (delegate* unmanaged[Cdecl]<nint, byte*, byte*, byte*, delegate* unmanaged[Cdecl]<byte*, byte*, byte*, void*, int>, void*, int>)NativeLibrary.GetExport(library, "secp256k1_ecdh");
        _xOnlyFromPublicKey = (delegate* unmanaged[Cdecl]<nint, byte*, int*, byte*, int>)NativeLibrary.GetExport(library, "secp256k1_xonly_pubkey_from_pubkey");
        _xOnlyParse = (delegate* unmanaged[Cdecl]<nint, byte*, byte*, int>)NativeLibrary.GetExport(library, "secp256k1_xonly_pubkey_parse");
        _xOnlySerialize = (delegate* unmanaged[Cdecl]<nint, byte*, byte*, int>)NativeLibrary.GetExport(library, "secp256k1_xonly_pubkey_serialize");
        _keyPairCreate = (delegate* unmanaged[Cdecl]<nint, byte*, byte*, int>)NativeLibrary.GetExport(library, "secp256k1_keypair_create");
        _sign = (delegate* unmanaged[Cdecl]<nint, byte*, byte*, byte*, byte*, int>)NativeLibrary.GetExport(library, "secp256k1_schnorrsig_sign32");
        _verify = (delegate* unmanaged[Cdecl]<nint, byte*, byte*, nuint, byte*, int>)NativeLibrary.GetExport(library, "secp256k1_schnorrsig_verify");
        Blind(library);
    }

    /// <summary>The library, or null where it is not installed or lacks a function.</summary>
    public static LibSecp256k1? Instance => LazyInstance.Value;

    public string Name { get; }

    public void PublicX(ReadOnlySpan<byte> secret, Span<byte> x)
    {
        RequireLengths(secret, x.Length, FieldElement.Size);
        byte* key = stackalloc byte[PublicKeySize];
        fixed (byte* s = secret, result = x)
        {
            Require(_publicKeyCreate(_context, key, s), "secp256k1_ec_pubkey_create");
            Require(_xOnlyFromPublicKey(_context, key, null, key), "secp256k1_xonly_pubkey_from_pubkey");
            Require(_xOnlySerialize(_context, result, key), "secp256k1_xonly_pubkey_serialize");
        }
    }

    public void SharedX(ReadOnlySpan<byte> secret, in AffinePoint point, Span<byte> x)
    {
        RequireLengths(secret, x.Length, FieldElement.Size);
        // With both coordinates given, the library has no square root to take.
        byte* uncompressed = stackalloc byte[UncompressedSize];
        uncompressed[0] = 4;
        point.X.Write(new Span<byte>(uncompressed + 1, FieldElement.Size));
        point.Y.Write(new Span<byte>(uncompressed + 1 + FieldElement.Size, FieldElement.Size));
        byte* key = stackalloc byte[PublicKeySize];
        Require(_publicKeyParse(_context, key, uncompressed, UncompressedSize), "secp256k1_ec_pubkey_parse");
        fixed (byte* s = secret, result = x)
            Require(_ecdh(_context, result, key, s, &CopyX, null), "secp256k1_ecdh");
    }

    public void Sign(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> digest, ReadOnlySpan<byte> auxiliary, Span<byte> signature)
    {
        RequireLengths(secret, signature.Length, Bip340.SignatureSize);
        ArgumentOutOfRangeException.ThrowIfNotEqual(digest.Length, 32, nameof(digest));
        ArgumentOutOfRangeException.ThrowIfNotEqual(auxiliary.Length, 32, nameof(auxiliary));
        byte* pair = stackalloc byte[KeyPairSize];
        fixed (byte* s = secret, m = digest, aux = auxiliary, result = signature)
        {
            Require(_keyPairCreate(_context, pair, s), "secp256k1_keypair_create");
            var signed = _sign(_context, result, m, pair, aux);
            CryptographicOperations.ZeroMemory(new Span<byte>(pair, KeyPairSize));
            Require(signed, "secp256k1_schnorrsig_sign32");
        }
    }

    public bool Verify(ReadOnlySpan<byte> publicX, ReadOnlySpan<byte> digest, ReadOnlySpan<byte> signature)
    {
        if (publicX.Length != FieldElement.Size || signature.Length != Bip340.SignatureSize)
            return false;
        byte* key = stackalloc byte[PublicKeySize];
        fixed (byte* p = publicX, m = digest, s = signature)
            return _xOnlyParse(_context, key, p) == 1 && _verify(_context, s, m, (nuint)digest.Length, key) == 1;
    }

    /// <summary>Whether 32 bytes are the x-coordinate of a point, for tests.</summary>
    internal bool IsPublicKey(ReadOnlySpan<byte> publicX)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(publicX.Length, FieldElement.Size, nameof(publicX));
        byte* key = stackalloc byte[PublicKeySize];
        fixed (byte* p = publicX)
            return _xOnlyParse(_context, key, p) == 1;
    }

    /// <summary>The hash function handed to secp256k1_ecdh: none, the x-coordinate as it is. BIP324 hashes it afterwards.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int CopyX(byte* output, byte* x, byte* y, void* data)
    {
        Unsafe.CopyBlockUnaligned(output, x, FieldElement.Size);
        return 1;
    }

    private static LibSecp256k1? TryLoad()
    {
        string[] needed = ["secp256k1_ecdh", "secp256k1_schnorrsig_sign32", "secp256k1_schnorrsig_verify", "secp256k1_keypair_create", "secp256k1_context_randomize"];
        foreach (var name in LibraryNames)
        {
            if (!NativeLibrary.TryLoad(name, typeof(LibSecp256k1).Assembly, null, out var library))
                continue;
            if (Array.TrueForAll(needed, export => NativeLibrary.TryGetExport(library, export, out _)))
                return new LibSecp256k1(library, name);
            NativeLibrary.Free(library);
        }
        return null;
    }

    /// <summary>
    /// Randomises the context once, which blinds the library's multiplications against side channels. After this the
    /// context is only read, so that threads may share it.
    /// </summary>
    private void Blind(nint library)
    {
        byte* seed = stackalloc byte[32];
        var bytes = new Span<byte>(seed, 32);
        RandomNumberGenerator.Fill(bytes);
        var randomize = (delegate* unmanaged[Cdecl]<nint, byte*, int>)NativeLibrary.GetExport(library, "secp256k1_context_randomize");
        Require(randomize(_context, seed), "secp256k1_context_randomize");
        CryptographicOperations.ZeroMemory(bytes);
    }

    private static void RequireLengths(ReadOnlySpan<byte> secret, int resultLength, int resultExpected)
    {
        // The library trusts its pointers.
        ArgumentOutOfRangeException.ThrowIfNotEqual(secret.Length, SecretKey.Size, nameof(secret));
        ArgumentOutOfRangeException.ThrowIfNotEqual(resultLength, resultExpected, nameof(resultLength));
    }

    private static void Require(int result, string function)
    {
        if (result != 1)
            throw new CryptographicException($"{function} failed.");
    }
}
