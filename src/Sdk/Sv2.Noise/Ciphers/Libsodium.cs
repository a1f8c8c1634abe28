using System.Runtime.InteropServices;

namespace Sv2.Noise.Ciphers;

/// <summary>The two functions of the system's libsodium that are used here, where it is installed.</summary>
internal sealed unsafe class Libsodium
{
    // Debian's name first, then what other systems call it.
    private static readonly string[] LibraryNames = ["libsodium.so.23", "libsodium.so.26", "libsodium", "sodium"];

    private static readonly Lazy<Libsodium?> LazyInstance = new(TryLoad);

    // Short calls leave the thread in the collector's cooperative mode, which saves the transition. A call of this many
    // bytes lasts about a microsecond; a collection would wait for it that long.
    private const int ShortCallBytesMax = 1024;

    private readonly delegate* unmanaged[Cdecl]<byte*, ulong*, byte*, ulong, byte*, ulong, byte*, byte*, byte*, int> _encrypt;
    private readonly delegate* unmanaged[Cdecl, SuppressGCTransition]<byte*, ulong*, byte*, ulong, byte*, ulong, byte*, byte*, byte*, int> _encryptShort;
    private readonly delegate* unmanaged[Cdecl]<byte*, ulong*, byte*, byte*, ulong, byte*, ulong, byte*, byte*, int> _decrypt;
    private readonly delegate* unmanaged[Cdecl, SuppressGCTransition]<byte*, ulong*, byte*, byte*, ulong, byte*, ulong, byte*, byte*, int> _decryptShort;

    private Libsodium(nint encrypt, nint decrypt, string version)
    {
        _encrypt = (delegate* unmanaged[Cdecl]<byte*, ulong*, byte*, ulong, byte*, ulong, byte*, byte*, byte*, int>)encrypt;
        _encryptShort = (delegate* unmanaged[Cdecl, SuppressGCTransition]<byte*, ulong*, byte*, ulong, byte*, ulong, byte*, byte*, byte*, int>)encrypt;
        _decrypt = (delegate* unmanaged[Cdecl]<byte*, ulong*, byte*, byte*, ulong, byte*, ulong, byte*, byte*, int>)decrypt;
        _decryptShort = (delegate* unmanaged[Cdecl, SuppressGCTransition]<byte*, ulong*, byte*, byte*, ulong, byte*, ulong, byte*, byte*, int>)decrypt;
        Version = version;
    }

    /// <summary>The library, or null where it is not installed or could not be initialised.</summary>
    public static Libsodium? Instance => LazyInstance.Value;

    /// <summary>The library's own version text.</summary>
    public string Version { get; }

    public void Encrypt(byte* ciphertext, byte* plaintext, int length, byte* associated, int associatedLength, byte* nonce, byte* key)
    {
        // The function has no way to fail: it returns 0 always.
        if (length <= ShortCallBytesMax)
            _encryptShort(ciphertext, null, plaintext, (ulong)length, associated, (ulong)associatedLength, null, nonce, key);
        else
            _encrypt(ciphertext, null, plaintext, (ulong)length, associated, (ulong)associatedLength, null, nonce, key);
    }

    public bool TryDecrypt(byte* plaintext, byte* ciphertext, int length, byte* associated, int associatedLength, byte* nonce, byte* key) =>
        (length <= ShortCallBytesMax
            ? _decryptShort(plaintext, null, null, ciphertext, (ulong)length, associated, (ulong)associatedLength, nonce, key)
            : _decrypt(plaintext, null, null, ciphertext, (ulong)length, associated, (ulong)associatedLength, nonce, key)) == 0;

    private static Libsodium? TryLoad()
    {
        foreach (var name in LibraryNames)
        {
            if (!NativeLibrary.TryLoad(name, typeof(Libsodium).Assembly, null, out var library))
                continue;
            if (NativeLibrary.TryGetExport(library, "sodium_init", out var init)
                && NativeLibrary.TryGetExport(library, "sodium_version_string", out var version)
                && NativeLibrary.TryGetExport(library, "crypto_aead_chacha20poly1305_ietf_encrypt", out var encrypt)
                && NativeLibrary.TryGetExport(library, "crypto_aead_chacha20poly1305_ietf_decrypt", out var decrypt)
                // 0 is done, 1 was done before, −1 is a failure.
                && ((delegate* unmanaged[Cdecl]<int>)init)() >= 0)
                return new Libsodium(encrypt, decrypt, Marshal.PtrToStringUTF8(((delegate* unmanaged[Cdecl]<nint>)version)()) ?? "");
            NativeLibrary.Free(library);
        }
        return null;
    }
}
