using Sv2.Mining.Client;

namespace Sv2.Roles.MiningDevice;

/// <summary>A connection to a pool that is set up and mined on, whichever protocol it speaks.</summary>
internal interface IPoolSession : IAsyncDisposable
{
    /// <summary>Where it is connected to.</summary>
    DevicePool Pool { get; }

    /// <summary>When the connection was set up.</summary>
    DateTimeOffset OpenedAt { get; }

    /// <summary>Completes when the connection has ended.</summary>
    Task Ended { get; }

    /// <summary>Why the connection ended, in plain words; null while it is there.</summary>
    string? EndReason { get; }

    /// <summary>Whether there is work at the moment.</summary>
    bool HasWork { get; }

    /// <summary>Begins to tell about work, at once with what there is by now. Null work means to rest.</summary>
    void Attach(Action<MiningWork?> onWork);

    /// <summary>Stops telling about work.</summary>
    void Detach();

    /// <summary>Submits a share of this session's. False when its job has ended meanwhile: the pool would only refuse it.</summary>
    bool TrySubmit(in FoundShare share);

    /// <summary>Tells the pool of a hash rate that differs much from what was stated before, where it can be told.</summary>
    void Restate(double hashRate);

    /// <summary>How its channel is now; null before it is open.</summary>
    ChannelInfo? Describe(double hashRate);
}
