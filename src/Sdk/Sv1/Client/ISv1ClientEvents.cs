namespace Sv1;

/// <summary>
/// What an <see cref="Sv1ClientSession"/> tells its owner, from inside the session. Every method but <see cref="OnWork"/>
/// may be left out.
/// </summary>
public interface ISv1ClientEvents
{
    /// <summary>Mine this from now on, in place of the work before. Comes with every job, and when extranonce or mask change.</summary>
    /// <param name="work">The work; immutable, may be kept.</param>
    void OnWork(Sv1Work work);

    /// <summary>The server authorised the worker.</summary>
    void OnAuthorized()
    {
    }

    /// <summary>The server refused to subscribe or to authorise: there will be no work.</summary>
    /// <param name="request"><c>mining.subscribe</c> or <c>mining.authorize</c>.</param>
    /// <param name="error">The server's words, unsanitised.</param>
    void OnRefused(string request, Sv1Error error)
    {
    }

    /// <summary>A share was accepted.</summary>
    /// <param name="id">What <see cref="Sv1ClientSession.TrySubmit"/> gave.</param>
    void OnShareAccepted(long id)
    {
    }

    /// <summary>A share was refused.</summary>
    /// <param name="id">What <see cref="Sv1ClientSession.TrySubmit"/> gave.</param>
    /// <param name="error">The server's words, unsanitised.</param>
    void OnShareRejected(long id, Sv1Error error)
    {
    }

    /// <summary>The server wants the miner to connect again.</summary>
    /// <param name="message">Where to, and when.</param>
    void OnReconnect(in ReconnectMessage message)
    {
    }

    /// <summary>The server has a text for whoever looks at the miner.</summary>
    /// <param name="text">The text, unsanitised.</param>
    void OnMessage(string text)
    {
    }

    /// <summary>The server sent a line that makes no sense. It was ignored.</summary>
    /// <param name="fault">What is wrong, fit for a log.</param>
    void OnViolation(string fault)
    {
    }
}
