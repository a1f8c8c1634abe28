using Sv2.Protocol;

namespace Sv1;

// What a miner sends.
public sealed partial class Sv1Writer
{
    /// <summary><c>mining.configure</c> that asks for version rolling (BIP 310).</summary>
    /// <param name="id">The request's id.</param>
    /// <param name="mask">The bits the miner can roll.</param>
    /// <param name="minBitCount">How many it needs at least.</param>
    public void Configure(long id, uint mask, int minBitCount)
    {
        BeginRequest(id, Sv1Methods.Configure);
        _json.WriteStartArray();
        _json.WriteStringValue("version-rolling"u8);
        _json.WriteEndArray();
        _json.WriteStartObject();
        _json.WritePropertyName("version-rolling.mask"u8);
        WriteHex(mask);
        _json.WriteNumber("version-rolling.min-bit-count"u8, minBitCount);
        _json.WriteEndObject();
        EndMethod();
    }

    /// <summary><c>mining.subscribe</c>.</summary>
    /// <param name="id">The request's id.</param>
    /// <param name="userAgent">The miner's software.</param>
    /// <param name="sessionId">The session it would like to go on with; empty for none.</param>
    public void Subscribe(long id, string userAgent, string sessionId = "")
    {
        BeginRequest(id, Sv1Methods.Subscribe);
        _json.WriteStringValue(userAgent);
        if (sessionId.Length > 0)
            _json.WriteStringValue(sessionId);
        EndMethod();
    }

    /// <summary><c>mining.authorize</c>.</summary>
    /// <param name="id">The request's id.</param>
    /// <param name="user">The worker's name.</param>
    /// <param name="password">The password.</param>
    public void Authorize(long id, string user, string password)
    {
        BeginRequest(id, Sv1Methods.Authorize);
        _json.WriteStringValue(user);
        _json.WriteStringValue(password);
        EndMethod();
    }

    /// <summary><c>mining.extranonce.subscribe</c>.</summary>
    /// <param name="id">The request's id.</param>
    public void ExtranonceSubscribe(long id)
    {
        BeginRequest(id, Sv1Methods.ExtranonceSubscribe);
        EndMethod();
    }

    /// <summary><c>mining.suggest_difficulty</c>.</summary>
    /// <param name="id">The request's id.</param>
    /// <param name="difficulty">The difficulty the miner would like.</param>
    public void SuggestDifficulty(long id, double difficulty)
    {
        BeginRequest(id, Sv1Methods.SuggestDifficulty);
        WriteDifficulty(difficulty);
        EndMethod();
    }

    /// <summary><c>mining.suggest_target</c>.</summary>
    /// <param name="id">The request's id.</param>
    /// <param name="target">The target the miner would like.</param>
    public void SuggestTarget(long id, in U256 target)
    {
        BeginRequest(id, Sv1Methods.SuggestTarget);
        _json.WriteStringValue(target.ToDisplayString());
        EndMethod();
    }

    /// <summary><c>mining.ping</c>.</summary>
    /// <param name="id">The request's id.</param>
    public void Ping(long id)
    {
        BeginRequest(id, Sv1Methods.Ping);
        EndMethod();
    }

    /// <summary><c>mining.submit</c>.</summary>
    /// <param name="id">The request's id.</param>
    /// <param name="user">The worker's name.</param>
    /// <param name="jobId">The job's id.</param>
    /// <param name="extranonce2">The miner's part of the extranonce.</param>
    /// <param name="nTime">nTime.</param>
    /// <param name="nonce">Nonce.</param>
    /// <param name="versionBits">The rolled version bits; <see langword="null"/> where version rolling was not agreed.</param>
    public void Submit(long id, string user, string jobId, ReadOnlySpan<byte> extranonce2, uint nTime, uint nonce, uint? versionBits)
    {
        BeginRequest(id, Sv1Methods.Submit);
        _json.WriteStringValue(user);
        _json.WriteStringValue(jobId);
        WriteHex(extranonce2);
        WriteHex(nTime);
        WriteHex(nonce);
        if (versionBits is { } bits)
            WriteHex(bits);
        EndMethod();
    }
}
