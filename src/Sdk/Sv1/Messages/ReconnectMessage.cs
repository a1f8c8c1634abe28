namespace Sv1;

/// <summary><c>client.reconnect</c>: the server wants the miner to connect again. All parameters may be missing.</summary>
/// <param name="Host">Where to; empty for the same host.</param>
/// <param name="Port">Which port; 0 for the same.</param>
/// <param name="Wait">How long to wait first.</param>
public readonly record struct ReconnectMessage(string Host, int Port, TimeSpan Wait)
{
    /// <summary>Longest wait that is believed.</summary>
    public static readonly TimeSpan WaitMax = TimeSpan.FromMinutes(10);

    /// <summary>Reads the parameters; what makes no sense counts as missing.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <returns>The wish.</returns>
    public static ReconnectMessage Read(Sv1Values parameters)
    {
        string host = parameters.Next().ToString();
        _ = parameters.Next().TryGetInt32(out int port);
        _ = parameters.Next().TryGetInt32(out int seconds);
        return new ReconnectMessage(
            host.Length <= 255 ? host : "",
            port is > 0 and <= 65535 ? port : 0,
            TimeSpan.FromSeconds(Math.Clamp(seconds, 0, (int)WaitMax.TotalSeconds)));
    }
}
