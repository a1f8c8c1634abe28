using Sv2.Protocol.TemplateDistribution;

namespace Sv2.Roles.JobDeclaratorClient;

/// <summary>What the engine wants done outside its lock. Must return at once and must not call back.</summary>
internal interface IEngineOutput
{
    /// <summary>Miners have jobs to be sent.</summary>
    void Refresh();

    /// <summary>The template provider must leave this room from now on (7.1); the first call is the time to connect to it.</summary>
    void SetRoom(CoinbaseOutputConstraints room);

    /// <summary>The template's transactions are wanted; they come by <see cref="ClientEngine.OnTransactions"/>.</summary>
    void Fetch(MinedJob job);

    /// <summary>A miner's share has its answer.</summary>
    void Answer(in ShareAnswer answer);

    /// <summary>Upstreams should look whether they are wanted.</summary>
    void WakeUpstreams();

    /// <summary>Something for operators.</summary>
    void Publish(string type, RoleEventSeverity severity, string message, object? data = null);
}
