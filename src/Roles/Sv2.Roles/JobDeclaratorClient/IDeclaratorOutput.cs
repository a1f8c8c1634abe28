using Sv2.Protocol;
using Sv2.Protocol.Mining;

namespace Sv2.Roles.JobDeclaratorClient;

/// <summary>What a <see cref="JobDeclarator"/> wants done and tells. Called under the engine's lock; must not block.</summary>
internal interface IDeclaratorOutput
{
    /// <summary>Sends a message of the Job Declaration Protocol.</summary>
    void SendToServer<T>(in T message) where T : IMessage<T>;

    /// <summary>Sends a custom job to the pool.</summary>
    /// <returns>The request id that the answer will carry.</returns>
    uint SendToPool(in SetCustomMiningJob message);

    /// <summary>Asks the template provider for the job's transactions; the answer comes by <see cref="JobDeclarator.OnTransactions"/>.</summary>
    void FetchTransactions(MinedJob job);

    /// <summary>The plan is there for the first time, or has changed: jobs of the old one can no longer be declared.</summary>
    void OnPlanChanged(CoinbasePlan plan);

    /// <summary>A job was acknowledged: send what was found on it so far.</summary>
    void OnAcknowledged(MinedJob job);

    /// <summary>A job was refused or dropped: what was found on it so far is lost to the pool.</summary>
    void OnEnded(MinedJob job);

    /// <summary>The upstream does not do what it must: go elsewhere (6.2).</summary>
    /// <param name="reason">What it did or did not do, in words.</param>
    /// <param name="hangUp">Whether the connections are of no more use.</param>
    void OnFault(string reason, bool hangUp = false);

    /// <summary>The peer broke the protocol: hang up.</summary>
    void OnViolation(string text);
}
