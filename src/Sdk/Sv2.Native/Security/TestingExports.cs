using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Sv2.Native.Abi;
using Sv2.Noise;
using Sv2.Noise.Handshake;

namespace Sv2.Native.Security;

/// <summary>
/// Handshakes with given ephemeral keys, for byte-exact test vectors. Declared in <c>sv2_testing.h</c>, which no product
/// has a reason to include: a key used twice gives the connection's secrets away.
/// </summary>
internal static unsafe class TestingExports
{
    private const int KeySize = 32;
    private const int EncodedSize = 64;

    [UnmanagedCallersOnly(EntryPoint = "sv2_testing_initiator_new", CallConvs = [typeof(CallConvCdecl)])]
    public static Status NewInitiator(byte* authorityKey, long unixTime, byte* ephemeralSecret, byte* ephemeralEllSwift, nuint* initiator)
    {
        try
        {
            if (initiator is null)
                return Failure.Null("initiator");
            *initiator = 0;
            if (ephemeralSecret is null || ephemeralEllSwift is null)
                return Failure.Null("ephemeral");
            var authority = authorityKey is null ? null : AuthorityPublicKey.FromBytes(new ReadOnlySpan<byte>(authorityKey, KeySize));
            var made = new NoiseInitiator(authority, CallersClock.At(unixTime), NoiseCryptography.Default, Ephemeral(ephemeralSecret, ephemeralEllSwift));
            return Owned.Give(new InitiatorObject(made), initiator);
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "sv2_testing_responder_new", CallConvs = [typeof(CallConvCdecl)])]
    public static Status NewResponder(
        byte* staticSecret, byte* staticEllSwift, byte* certificate, byte* authorityKey, byte* ephemeralSecret, byte* ephemeralEllSwift, nuint* responder)
    {
        try
        {
            if (responder is null)
                return Failure.Null("responder");
            *responder = 0;
            if (staticSecret is null || staticEllSwift is null || certificate is null || authorityKey is null)
                return Failure.Null("a key or the certificate");
            if (ephemeralSecret is null || ephemeralEllSwift is null)
                return Failure.Null("ephemeral");
            var credentials = ServerCredentials.FromCertificate(
                StaticKeyPair.FromSecret(new ReadOnlySpan<byte>(staticSecret, KeySize), new ReadOnlySpan<byte>(staticEllSwift, EncodedSize), NoiseCryptography.Default),
                NoiseCertificate.Read(new ReadOnlySpan<byte>(certificate, NoiseCertificate.Size)),
                AuthorityPublicKey.FromBytes(new ReadOnlySpan<byte>(authorityKey, KeySize)));
            var made = new NoiseResponder(credentials, NoiseCryptography.Default, Ephemeral(ephemeralSecret, ephemeralEllSwift));
            return Owned.Give(new ResponderObject(made), responder);
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    private static EphemeralKey Ephemeral(byte* secret, byte* ellSwift) =>
        EphemeralKey.From(new ReadOnlySpan<byte>(secret, KeySize), new ReadOnlySpan<byte>(ellSwift, EncodedSize));
}
