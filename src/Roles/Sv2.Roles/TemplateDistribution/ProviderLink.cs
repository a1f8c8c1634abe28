using Sv2.Noise;
using Sv2.Protocol.Common;
using Sv2.Transport;

namespace Sv2.Roles.TemplateDistribution;

/// <summary>What the client knows of one provider of its list. Guarded by the client's state lock.</summary>
internal sealed class ProviderLink
{
    private readonly TimeProvider _timeProvider;
    private readonly Backoff _backoff;
    private readonly ReconnectPolicy _reconnects;

    public ProviderLink(ConnectionString provider, TemplateClientOptions options, TimeProvider timeProvider)
    {
        Provider = Address = provider;
        _reconnects = new ReconnectPolicy(provider, clock: timeProvider);
        _timeProvider = timeProvider;
        _backoff = new Backoff(options.BackoffMin, options.BackoffMax, timeProvider);
        State = new ProviderState(provider, UpstreamState.Standby, null, timeProvider.GetUtcNow(), null);
    }

    public ConnectionString Provider { get; }

    /// <summary>Where it is connected to next: where it is configured, or where it has sent its clients (3.6.5).</summary>
    public ConnectionString Address { get; private set; }

    public ProviderState State { get; private set; }

    /// <summary>Whether the provider may be tried at this moment.</summary>
    public bool IsDue => State.NextAttempt is not { } next || next <= _timeProvider.GetUtcNow();

    public ProviderState Connecting() => Set(UpstreamState.Connecting, State.Reason, null);

    /// <summary>It has sent its templates.</summary>
    public ProviderState Connected() => Set(UpstreamState.Connected, null, null);

    /// <summary>Its templates come by way of another front end.</summary>
    public ProviderState Shared() => Set(UpstreamState.Connected, "its templates come by way of another front end", null);

    /// <summary>It works, but is not needed now.</summary>
    public ProviderState Standby() => Set(UpstreamState.Standby, null, null);

    public ProviderState Failed(ProviderFailure failure)
    {
        if (failure.Request is { } request)
        {
            ReconnectDecision decision = _reconnects.Decide(Address, request);
            if (decision.Target is { } target)
            {
                // Whoever is sent on goes at once; the policy bounds how often, and keeps to the same authority.
                Address = target;
                return Set(UpstreamState.Connecting, $"it sends its clients to {target.Host}:{target.Port}", null);
            }

            failure = new ProviderFailure(decision.Refusal!, isLasting: false);
        }

        Address = Provider;
        // One that held for a while is tried soon again; one that keeps accepting and hanging up is not.
        if (State.State == UpstreamState.Connected && _timeProvider.GetUtcNow() - State.Since >= _backoff.Max)
            _backoff.Reset();
        TimeSpan wait = failure.IsLasting ? _backoff.Max : _backoff.Next();
        return Set(failure.IsLasting ? UpstreamState.Failed : UpstreamState.BackingOff, failure.Message, _timeProvider.GetUtcNow() + wait);
    }

    private ProviderState Set(UpstreamState state, string? reason, DateTimeOffset? nextAttempt)
    {
        DateTimeOffset since = state == State.State ? State.Since : _timeProvider.GetUtcNow();
        return State = new ProviderState(Provider, state, reason, since, nextAttempt);
    }
}

/// <summary>Why a provider does not serve.</summary>
/// <param name="message">In plain words.</param>
/// <param name="isLasting">Whether a person must change something: it is tried again seldom.</param>
/// <param name="request">Its wish that its clients go elsewhere; null for none.</param>
internal sealed class ProviderFailure(string message, bool isLasting, Reconnect? request = null) : Exception(message)
{
    public bool IsLasting { get; } = isLasting;

    public Reconnect? Request { get; } = request;

    public static ProviderFailure Of(ConnectException e) =>
        new(e.Message, isLasting: e.Step is ConnectStep.Policy || e.Failure is not null);

    public static ProviderFailure Of(Sv2Connection connection) =>
        new(connection.Reason?.Message ?? "the connection ended", isLasting: connection.Reason?.Kind is CloseKind.SetupRefused, connection.ReconnectRequest);
}
