using Sv2.Protocol;

namespace Sv1;

// What a server sends.
public sealed partial class Sv1Writer
{
    /// <summary>An answer of <c>true</c> or <c>false</c>.</summary>
    /// <param name="id">The request's id as it stood in its line.</param>
    /// <param name="value">The answer.</param>
    public void Result(ReadOnlySpan<byte> id, bool value)
    {
        BeginResult(id);
        _json.WriteBooleanValue(value);
        EndResult();
    }

    /// <summary>An answer that is a text.</summary>
    /// <param name="id">The request's id as it stood in its line.</param>
    /// <param name="value">The answer.</param>
    public void Result(ReadOnlySpan<byte> id, string value)
    {
        BeginResult(id);
        _json.WriteStringValue(value);
        EndResult();
    }

    /// <summary>A refusal.</summary>
    /// <param name="id">The request's id as it stood in its line; empty where it could not be read.</param>
    /// <param name="error">Why.</param>
    public void Error(ReadOnlySpan<byte> id, Sv1Error error)
    {
        BeginResult(id);
        _json.WriteNullValue();
        _json.WriteStartArray("error"u8);
        _json.WriteNumberValue(error.Code);
        _json.WriteStringValue(error.Message);
        _json.WriteNullValue();
        _json.WriteEndArray();
        End();
    }

    /// <summary>The answer to <c>mining.subscribe</c>.</summary>
    /// <param name="id">The request's id as it stood in its line.</param>
    /// <param name="sessionId">Name of the subscriptions.</param>
    /// <param name="extranonce1">The server's part of the extranonce.</param>
    /// <param name="extranonce2Size">Bytes of the miner's part.</param>
    public void SubscribeResult(ReadOnlySpan<byte> id, string sessionId, ReadOnlySpan<byte> extranonce1, int extranonce2Size)
    {
        BeginResult(id);
        _json.WriteStartArray();
        _json.WriteStartArray();
        WriteSubscription(Sv1Methods.SetDifficulty, sessionId);
        WriteSubscription(Sv1Methods.Notify, sessionId);
        _json.WriteEndArray();
        WriteHex(extranonce1);
        _json.WriteNumberValue(extranonce2Size);
        _json.WriteEndArray();
        EndResult();
    }

    /// <summary>The answer to <c>mining.configure</c>: one member for each extension that was asked for.</summary>
    /// <param name="id">The request's id as it stood in its line.</param>
    /// <param name="request">What was asked for.</param>
    /// <param name="versionMask">The version bits that may be rolled; 0 refuses version rolling.</param>
    /// <param name="honoursMinimumDifficulty">Whether the miner's smallest difficulty will be kept to.</param>
    public void ConfigureResult(ReadOnlySpan<byte> id, in ConfigureRequest request, uint versionMask, bool honoursMinimumDifficulty)
    {
        BeginResult(id);
        _json.WriteStartObject();
        if (request.VersionMask is not null)
        {
            _json.WriteBoolean("version-rolling"u8, versionMask != 0);
            _json.WritePropertyName("version-rolling.mask"u8);
            WriteHex(versionMask);
        }
        if (request.MinimumDifficulty is not null)
            _json.WriteBoolean("minimum-difficulty"u8, honoursMinimumDifficulty);
        if (request.WantsExtranonce)
            _json.WriteBoolean("subscribe-extranonce"u8, true);
        if (request.HasInfo)
            _json.WriteBoolean("info"u8, true);
        _json.WriteEndObject();
        EndResult();
    }

    /// <summary><c>mining.notify</c>.</summary>
    /// <param name="message">The job.</param>
    public void Notify(NotifyMessage message)
    {
        BeginMethod(Sv1Methods.Notify);
        _json.WriteStringValue(message.JobId);
        WriteHex(Hex.SwapWords(message.PrevHash));
        WriteHex(message.CoinbasePrefix.Span);
        WriteHex(message.CoinbaseSuffix.Span);
        _json.WriteStartArray();
        foreach (ref readonly U256 sibling in message.MerklePath.AsSpan())
            WriteHex(sibling);
        _json.WriteEndArray();
        WriteHex(message.Version);
        WriteHex(message.NBits);
        WriteHex(message.NTime);
        _json.WriteBooleanValue(message.CleanJobs);
        EndMethod();
    }

    /// <summary><c>mining.set_difficulty</c>.</summary>
    /// <param name="difficulty">The difficulty, above zero; may be below 1.</param>
    public void SetDifficulty(double difficulty)
    {
        BeginMethod(Sv1Methods.SetDifficulty);
        WriteDifficulty(difficulty);
        EndMethod();
    }

    /// <summary><c>mining.set_extranonce</c>, for jobs to come.</summary>
    /// <param name="extranonce1">The server's part of the extranonce.</param>
    /// <param name="extranonce2Size">Bytes of the miner's part.</param>
    public void SetExtranonce(ReadOnlySpan<byte> extranonce1, int extranonce2Size)
    {
        BeginMethod(Sv1Methods.SetExtranonce);
        WriteHex(extranonce1);
        _json.WriteNumberValue(extranonce2Size);
        EndMethod();
    }

    /// <summary><c>mining.set_version_mask</c> (BIP 310).</summary>
    /// <param name="mask">The bits that may be rolled from now on.</param>
    public void SetVersionMask(uint mask)
    {
        BeginMethod(Sv1Methods.SetVersionMask);
        WriteHex(mask);
        EndMethod();
    }

    /// <summary><c>client.reconnect</c> without parameters: connect to the same place again.</summary>
    public void Reconnect()
    {
        BeginMethod(Sv1Methods.Reconnect);
        EndMethod();
    }

    /// <summary><c>client.reconnect</c>.</summary>
    /// <param name="message">Where to, and when.</param>
    public void Reconnect(in ReconnectMessage message)
    {
        BeginMethod(Sv1Methods.Reconnect);
        _json.WriteStringValue(message.Host);
        _json.WriteNumberValue(message.Port);
        _json.WriteNumberValue((int)message.Wait.TotalSeconds);
        EndMethod();
    }

    /// <summary><c>client.show_message</c>.</summary>
    /// <param name="text">What whoever looks at the miner shall read.</param>
    public void ShowMessage(string text)
    {
        BeginMethod(Sv1Methods.ShowMessage);
        _json.WriteStringValue(text);
        EndMethod();
    }

    /// <summary><c>client.get_version</c>: the miner answers with its software.</summary>
    /// <param name="id">The request's id.</param>
    public void GetVersion(long id)
    {
        BeginRequest(id, Sv1Methods.GetVersion);
        EndMethod();
    }

    private void WriteSubscription(ReadOnlySpan<byte> method, string sessionId)
    {
        _json.WriteStartArray();
        _json.WriteStringValue(method);
        _json.WriteStringValue(sessionId);
        _json.WriteEndArray();
    }
}
