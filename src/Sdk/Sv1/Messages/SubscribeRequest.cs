namespace Sv1;

/// <summary><c>mining.subscribe</c>: a miner asks for an extranonce. All parameters may be missing.</summary>
/// <param name="UserAgent">The miner's software, as sent but for its length; sanitise before it goes to a log. Empty when it does not say.</param>
/// <param name="SessionId">The session it would like to go on with; empty for none.</param>
public readonly record struct SubscribeRequest(string UserAgent, string SessionId)
{
    /// <summary>Most characters that are kept of a text.</summary>
    public const int TextMax = 128;

    /// <summary>Reads the parameters; nothing in them can be wrong.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <returns>The request.</returns>
    public static SubscribeRequest Read(Sv1Values parameters) => new(Cut(parameters.Next().ToString()), Cut(parameters.Next().ToString()));

    private static string Cut(string text) => text.Length <= TextMax ? text : text[..TextMax];
}
