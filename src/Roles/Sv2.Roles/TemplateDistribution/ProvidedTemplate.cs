using Sv2.Noise;
using Sv2.Protocol.TemplateDistribution;

namespace Sv2.Roles.TemplateDistribution;

/// <summary>
/// A NewTemplate together with where it came from. Template ids are a provider's own, and start anew with each connection, so
/// the object itself is the key: keep it to submit a solution or to ask for transactions, even after a change of provider.
/// </summary>
public sealed class ProvidedTemplate
{
    internal ProvidedTemplate(ConnectionString provider, long epoch, NewTemplate message, DateTimeOffset receivedAt)
    {
        Provider = provider;
        Epoch = epoch;
        Message = message;
        ReceivedAt = receivedAt;
    }

    /// <summary>The provider that made it.</summary>
    public ConnectionString Provider { get; }

    /// <summary>Number of the connection it came by; grows with every connection of the client. Templates of different epochs never mix.</summary>
    public long Epoch { get; }

    /// <summary>The message (7.2), checked: prefix of at most 8 bytes, outputs that parse to the stated count.</summary>
    public NewTemplate Message { get; }

    /// <summary>template_id.</summary>
    public ulong TemplateId => Message.TemplateId;

    /// <summary>Whether it waits for a SetNewPrevHash. False: work on it at once, on the latest SetNewPrevHash.</summary>
    public bool IsFuture => Message.FutureTemplate;

    /// <summary>When it arrived.</summary>
    public DateTimeOffset ReceivedAt { get; }
}
