using Sv2.Protocol;

namespace Sv2.Mining.Server;

/// <summary>
/// Chooses one channel's target so that its shares come at a steady rate. The protocol defines no algorithm (item 336),
/// only what goes in and out. One instance a channel; the session serialises the calls.
/// </summary>
/// <remarks>
/// An implementation proposes; <see cref="MiningServerSession"/> disposes: whatever comes out is held between the
/// network's target and the client's maximum target before it is sent.
/// </remarks>
public interface IVardiff
{
    /// <summary>The target for the hash rate a client claims, on opening and on <c>UpdateChannel</c>. Restarts the measurement.</summary>
    /// <param name="nominalHashRate">Hashes a second; finite, not negative; 0 when unknown.</param>
    /// <param name="timestamp">Now, of the session's <see cref="TimeProvider.GetTimestamp"/>.</param>
    /// <returns>The proposed target.</returns>
    U256 Start(double nominalHashRate, long timestamp);

    /// <summary>Counts a share that was accepted. Refused shares are never shown to the vardiff.</summary>
    /// <param name="work">Hashes the share stands for.</param>
    /// <param name="timestamp">Now.</param>
    void OnShare(ulong work, long timestamp);

    /// <summary>Looks whether another target would be better. Called after shares and from time to time.</summary>
    /// <param name="current">The channel's target now.</param>
    /// <param name="timestamp">Now.</param>
    /// <param name="proposed">The better target.</param>
    /// <returns>Whether there is one.</returns>
    bool TryRetarget(in U256 current, long timestamp, out U256 proposed);

    /// <summary>Tells that a target was put in force, which may be another than was proposed. Restarts the measurement.</summary>
    /// <param name="target">The channel's target from now on.</param>
    /// <param name="timestamp">Now.</param>
    void OnTarget(in U256 target, long timestamp);

    /// <summary>
    /// Changes the wanted mean time between two shares, for example because the channel speaks for more workers now
    /// (extension 0x0002, 4.1). A vardiff that gives a fixed target has no use for it.
    /// </summary>
    /// <param name="interval">Above zero.</param>
    void SetShareInterval(TimeSpan interval)
    {
    }

    /// <summary>Hashes a second as measured over the last shares, or the claim while nothing is measured yet.</summary>
    /// <param name="timestamp">Now.</param>
    /// <returns>The rate; goes to zero when the channel falls silent.</returns>
    double HashRate(long timestamp);
}

/// <summary>Makes the vardiff of a channel.</summary>
/// <param name="shareInterval">Wanted mean time between two shares.</param>
/// <returns>A fresh instance.</returns>
public delegate IVardiff VardiffFactory(TimeSpan shareInterval);
