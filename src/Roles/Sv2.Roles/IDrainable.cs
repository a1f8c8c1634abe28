namespace Sv2.Roles;

/// <summary>A role whose clients can be sent elsewhere before it stops.</summary>
public interface IDrainable
{
    /// <summary>
    /// Takes no more clients, asks those it has to connect again (Reconnect), and returns when the last has gone. What they
    /// did up to then is booked. When <paramref name="cancellationToken"/> fires the rest is left where it is. A stop follows.
    /// </summary>
    Task DrainAsync(CancellationToken cancellationToken);
}
