using System.Net;
using Sv2.Noise;
using Sv2.Transport;

namespace Sv2.Roles.Listening;

/// <summary>Listens for a role: what goes wrong is an error of its configuration, and where it listens is part of its report.</summary>
public static class RoleListener
{
    /// <summary>Listens.</summary>
    /// <exception cref="ConfigurationException">The address cannot be used; names the key <c>listen</c>.</exception>
    public static async Task<Sv2Listener> StartAsync(
        ListenerOptions options, Func<Sv2Connection, CancellationToken, Task> onConnection, RoleContext context, CancellationToken cancellationToken)
    {
        try
        {
            return await Sv2Listener.StartAsync(options, onConnection, context.TimeProvider, context.LoggerFactory, cancellationToken).ConfigureAwait(false);
        }
        catch (ListenException e)
        {
            throw new ConfigurationException("listen", e.Message, "choose another address or port, or stop the program that uses it", e);
        }
    }

    /// <summary>What clients need to connect: address, port and authority key.</summary>
    /// <param name="listener">The listener.</param>
    /// <param name="publicAddress"><c>host</c> or <c>host:port</c> that the operator wants clients to use; empty for what is listened on.</param>
    /// <param name="credentials">The keys that clients are greeted with.</param>
    public static ConnectionString Advertise(Sv2Listener listener, string publicAddress, ServerCredentials credentials)
    {
        (string host, int port) = PublicAddress.Of(publicAddress, (IPEndPoint)listener.BoundEndPoint);
        return new ConnectionString(host, port, credentials.AuthorityPublicKey);
    }

    /// <summary>The listener as reports show it.</summary>
    /// <param name="protocol">What is spoken, such as <c>mining</c>.</param>
    /// <param name="listener">The listener.</param>
    /// <param name="publicAddress">As for <see cref="Advertise"/>.</param>
    /// <param name="credentials">The keys that clients are greeted with.</param>
    public static EndpointInfo Describe(string protocol, Sv2Listener listener, string publicAddress, ServerCredentials credentials) =>
        new(protocol, listener.BoundEndPoint.ToString()!, Advertise(listener, publicAddress, credentials).ToString(), Encrypted: true);
}
