using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Sv2.Native.Abi;
using Sv2.Noise;

namespace Sv2.Native.Security;

/// <summary>The server's side of the handshake, and what a server authenticates itself with.</summary>
internal static unsafe class ResponderExports
{
    private const string Kind = "sv2_responder";
    private const string CredentialsKind = "sv2_credentials";
    private const int KeySize = 32;

    [UnmanagedCallersOnly(EntryPoint = "sv2_credentials_new", CallConvs = [typeof(CallConvCdecl)])]
    public static Status NewCredentials(byte* authoritySecret, byte* staticSecret, uint validSeconds, long unixTime, nuint* credentials)
    {
        try
        {
            if (credentials is null)
                return Failure.Null("credentials");
            *credentials = 0;
            if (authoritySecret is null)
                return Failure.Null("authority_secret");
            var authority = AuthorityKeyPair.FromSecret(new ReadOnlySpan<byte>(authoritySecret, KeySize));
            var staticKey = staticSecret is null ? StaticKeyPair.Generate() : StaticKeyPair.FromSecret(new ReadOnlySpan<byte>(staticSecret, KeySize));
            var validity = validSeconds == 0 ? ServerCredentials.DefaultValidity : TimeSpan.FromSeconds(validSeconds);
            return Owned.Give(new CredentialsObject(new ServerCredentials(authority, staticKey, CallersClock.At(unixTime), validity)), credentials);
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "sv2_credentials_from_certificate", CallConvs = [typeof(CallConvCdecl)])]
    public static Status FromCertificate(byte* staticSecret, byte* certificate, byte* authorityKey, nuint* credentials)
    {
        try
        {
            if (credentials is null)
                return Failure.Null("credentials");
            *credentials = 0;
            if (staticSecret is null)
                return Failure.Null("static_secret");
            if (certificate is null)
                return Failure.Null("certificate");
            if (authorityKey is null)
                return Failure.Null("authority_key");
            if (!AuthorityPublicKey.TryFromBytes(new ReadOnlySpan<byte>(authorityKey, KeySize), out var authority, out var error))
                return Failure.With(Status.Argument, error);
            var made = ServerCredentials.FromCertificate(
                StaticKeyPair.FromSecret(new ReadOnlySpan<byte>(staticSecret, KeySize)),
                NoiseCertificate.Read(new ReadOnlySpan<byte>(certificate, NoiseCertificate.Size)),
                authority);
            return Owned.Give(new CredentialsObject(made), credentials);
        }
        catch (ArgumentException exception)
        {
            return Failure.With(Status.Certificate, exception.Message);
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "sv2_credentials_free", CallConvs = [typeof(CallConvCdecl)])]
    public static Status FreeCredentials(nuint credentials) => Owned.Free<CredentialsObject>(credentials, CredentialsKind);

    [UnmanagedCallersOnly(EntryPoint = "sv2_responder_new", CallConvs = [typeof(CallConvCdecl)])]
    public static Status New(nuint credentials, nuint* responder)
    {
        try
        {
            if (responder is null)
                return Failure.Null("responder");
            *responder = 0;
            return Handles.Find<CredentialsObject>(credentials) is { } owner
                ? Owned.Give(new ResponderObject(new NoiseResponder(owner.Credentials)), responder)
                : Failure.Handle(CredentialsKind);
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "sv2_responder_handshake", CallConvs = [typeof(CallConvCdecl)])]
    public static Status Handshake(nuint responder, byte* act1, byte* act2, nuint* session)
    {
        try
        {
            if (session is null)
                return Failure.Null("session");
            *session = 0;
            if (Handles.Find<ResponderObject>(responder) is not { } it)
                return Failure.Handle(Kind);
            if (act1 is null)
                return Failure.Null("act1");
            if (act2 is null)
                return Failure.Null("act2");
            lock (it.Gate)
            {
                if (it.IsFreed)
                    return Failure.Handle(Kind);
                var made = it.Responder.ReadAct1AndWriteAct2(
                    new ReadOnlySpan<byte>(act1, NoiseResponder.Act1Size),
                    new Span<byte>(act2, NoiseResponder.Act2Size));
                return Owned.Give(new SessionObject(made), session);
            }
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "sv2_responder_free", CallConvs = [typeof(CallConvCdecl)])]
    public static Status Free(nuint responder) => Owned.Free<ResponderObject>(responder, Kind);
}
