using Sv2.Noise;

namespace Sv2.Transport.Tests.Support;

/// <summary>Keys that all tests share; making them is the slow part of a handshake.</summary>
internal static class Keys
{
    internal static AuthorityKeyPair Authority { get; } = AuthorityKeyPair.Generate();

    internal static AuthorityKeyPair OtherAuthority { get; } = AuthorityKeyPair.Generate();

    /// <summary>Credentials of <see cref="Authority"/> on the system's clock.</summary>
    internal static ServerCredentials Credentials { get; } = NewCredentials(TimeProvider.System);

    internal static ServerCredentials NewCredentials(TimeProvider clock, AuthorityKeyPair? authority = null, TimeSpan? validity = null) =>
        new(Copy(authority ?? Authority), StaticKeyPair.Generate(), clock, validity);

    internal static ConnectionString StringFor(System.Net.EndPoint endPoint, AuthorityPublicKey? key) =>
        new("127.0.0.1", ((System.Net.IPEndPoint)endPoint).Port, key);

    // Credentials own and wipe the pair they are given.
    private static AuthorityKeyPair Copy(AuthorityKeyPair pair)
    {
        byte[] secret = new byte[AuthorityKeyPair.SecretSize];
        pair.ExportSecret(secret);
        return AuthorityKeyPair.FromSecret(secret);
    }
}
