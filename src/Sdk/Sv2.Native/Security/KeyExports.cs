using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Sv2.Native.Abi;
using Sv2.Noise;

namespace Sv2.Native.Security;

/// <summary>Authority keys, certificates and connection strings.</summary>
internal static unsafe class KeyExports
{
    private const int KeySize = 32;

    [UnmanagedCallersOnly(EntryPoint = "sv2_authority_generate", CallConvs = [typeof(CallConvCdecl)])]
    public static Status Generate(byte* secret, byte* publicKey)
    {
        try
        {
            if (secret is null)
                return Failure.Null("secret");
            using var pair = AuthorityKeyPair.Generate();
            pair.ExportSecret(new Span<byte>(secret, KeySize));
            if (publicKey is not null)
                pair.PublicKey.Bytes.CopyTo(new Span<byte>(publicKey, KeySize));
            return Status.Ok;
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "sv2_authority_public_key", CallConvs = [typeof(CallConvCdecl)])]
    public static Status PublicKey(byte* secret, byte* publicKey)
    {
        try
        {
            if (secret is null)
                return Failure.Null("secret");
            if (publicKey is null)
                return Failure.Null("public_key");
            using var pair = AuthorityKeyPair.FromSecret(new ReadOnlySpan<byte>(secret, KeySize));
            pair.PublicKey.Bytes.CopyTo(new Span<byte>(publicKey, KeySize));
            return Status.Ok;
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "sv2_authority_key_parse", CallConvs = [typeof(CallConvCdecl)])]
    public static Status ParseKey(byte* text, byte* publicKey)
    {
        try
        {
            if (publicKey is null)
                return Failure.Null("public_key");
            if (Arguments.Text(text) is not { } given)
                return Failure.Null("text");
            if (!AuthorityPublicKey.TryParse(given, out var key, out var error))
                return Failure.With(Status.Format, error);
            key.Bytes.CopyTo(new Span<byte>(publicKey, KeySize));
            return Status.Ok;
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "sv2_authority_key_format", CallConvs = [typeof(CallConvCdecl)])]
    public static Status FormatKey(byte* publicKey, byte* text, nuint capacity, nuint* length)
    {
        try
        {
            Arguments.Clear(length);
            if (publicKey is null)
                return Failure.Null("public_key");
            return AuthorityPublicKey.TryFromBytes(new ReadOnlySpan<byte>(publicKey, KeySize), out var key, out var error)
                ? Arguments.CopyText(key.ToString(), text, capacity, length, "text")
                : Failure.With(Status.Argument, error);
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "sv2_certificate_sign", CallConvs = [typeof(CallConvCdecl)])]
    public static Status SignCertificate(byte* authoritySecret, byte* serverKey, uint validFrom, uint notValidAfter, byte* certificate)
    {
        try
        {
            if (authoritySecret is null)
                return Failure.Null("authority_secret");
            if (serverKey is null)
                return Failure.Null("server_key");
            if (certificate is null)
                return Failure.Null("certificate");
            using var pair = AuthorityKeyPair.FromSecret(new ReadOnlySpan<byte>(authoritySecret, KeySize));
            var signed = pair.SignCertificate(
                new ReadOnlySpan<byte>(serverKey, KeySize),
                DateTimeOffset.FromUnixTimeSeconds(validFrom),
                DateTimeOffset.FromUnixTimeSeconds(notValidAfter));
            signed.Write(new Span<byte>(certificate, NoiseCertificate.Size));
            return Status.Ok;
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "sv2_certificate_check", CallConvs = [typeof(CallConvCdecl)])]
    public static Status CheckCertificate(byte* certificate, byte* serverKey, byte* authorityKey, long unixTime)
    {
        try
        {
            if (certificate is null)
                return Failure.Null("certificate");
            if (serverKey is null)
                return Failure.Null("server_key");
            if (authorityKey is null)
                return Failure.Null("authority_key");
            if (!AuthorityPublicKey.TryFromBytes(new ReadOnlySpan<byte>(authorityKey, KeySize), out var authority, out var error))
                return Failure.With(Status.Argument, error);
            var read = NoiseCertificate.Read(new ReadOnlySpan<byte>(certificate, NoiseCertificate.Size));
            var failure = read.Check(new ReadOnlySpan<byte>(serverKey, KeySize), authority, Arguments.Time(unixTime));
            return failure is null ? Status.Ok : Failure.With(Status.Certificate, failure.Message);
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "sv2_static_key", CallConvs = [typeof(CallConvCdecl)])]
    public static Status StaticKey(byte* secret, byte* publicKey)
    {
        try
        {
            if (secret is null)
                return Failure.Null("secret");
            if (publicKey is null)
                return Failure.Null("public_key");
            using var pair = StaticKeyPair.FromSecret(new ReadOnlySpan<byte>(secret, KeySize));
            pair.PublicKey.Span.CopyTo(new Span<byte>(publicKey, KeySize));
            return Status.Ok;
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "sv2_wipe", CallConvs = [typeof(CallConvCdecl)])]
    public static void Wipe(byte* data, nuint length)
    {
        if (Arguments.IsReadable(data, length))
            CryptographicOperations.ZeroMemory(new Span<byte>(data, (int)length));
    }
}
