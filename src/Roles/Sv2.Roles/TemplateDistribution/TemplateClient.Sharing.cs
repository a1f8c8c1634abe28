using Microsoft.Extensions.Logging;
using Sv2.Noise;
using Sv2.Protocol;
using Sv2.Protocol.TemplateDistribution;

namespace Sv2.Roles.TemplateDistribution;

/// <content>
/// Sharing with the other front ends of a logical pool. Templates that came by way of another front end go through the same
/// checks as those of the wire. Blocks found on them are brought to the provider over a connection of this client's own.
/// </content>
public sealed partial class TemplateClient : ITemplateSharer
{
    private readonly ConnectionGate _gate = new();
    private ITemplateSeat? _seat;

    bool ITemplateSharer.IsServed
    {
        get
        {
            lock (_stateLock)
                return _session is { IsShared: false };
        }
    }

    void ITemplateSharer.Connect(bool isWanted) => _gate.Set(isWanted);

    bool ITemplateSharer.Take(SharedTemplates templates)
    {
        if (!ConnectionString.TryParse(templates.Provider, out ConnectionString? provider, out string? error))
        {
            LogNotTaken(_logger, $"provider: {error}");
            return false;
        }

        lock (_deliveryLock)
        {
            ProviderSession? session;
            lock (_stateLock)
                session = _session;
            if (session is { IsShared: false } || (session is null && !templates.IsWhole))
                return false;
            if (templates.IsWhole)
                session = _dialer.MakeShared(provider);
            if (session!.Read(templates.Frames) is { } fault)
            {
                LogNotTaken(_logger, fault);
                return false;
            }

            if (!templates.IsWhole)
                return true;
            if (session.Tip is null)
                return false;
            Activate(session);
        }

        MarkShared(provider);
        return true;
    }

    SharedTemplates? ITemplateSharer.Whole()
    {
        lock (_deliveryLock)
        {
            ProviderSession? session;
            lock (_stateLock)
                session = _session;
            return session is { IsShared: false } ? WholeOf(session) : null;
        }
    }

    /// <summary>Passes on what came over the client's own connection.</summary>
    private void Share<T>(ProviderSession session, in T message)
        where T : IMessage<T>
    {
        if (_seat is not null && !session.IsShared)
            _seat.Publish(new SharedTemplates(session.Provider.ToString(), IsWhole: false, Frame.ToArray(message)), WholeOf(session));
    }

    private void ShareWhole(ProviderSession session)
    {
        if (_seat is null || session.IsShared)
            return;
        SharedTemplates whole = WholeOf(session);
        _seat.Publish(whole, whole);
    }

    private static SharedTemplates WholeOf(ProviderSession session)
    {
        ActiveTemplate tip = session.Tip!;
        // The tip's template as what it was before the tip named it.
        List<byte[]> frames = [Frame.ToArray(tip.Template.Message with { FutureTemplate = true }), Frame.ToArray(tip.PrevHash)];
        if (session.Current != tip.Template)
            frames.Add(Frame.ToArray(session.Current!.Message));
        frames.AddRange(session.Futures.Select(future => Frame.ToArray(future.Message)));
        return new SharedTemplates(session.Provider.ToString(), IsWhole: true, [.. frames.SelectMany(frame => frame)]);
    }

    /// <summary>Shows by which provider's templates the client lives, though it has no connection of its own.</summary>
    private void MarkShared(ConnectionString provider)
    {
        int serving = Math.Max(0, Array.FindIndex(_links, link => link.Provider == provider));
        for (int i = 0; i < _links.Length; i++)
            Changed(i, i == serving ? link => link.Shared() : link => link.Standby());
    }

    [LoggerMessage(LogLevel.Warning, "Templates that came by way of another front end cannot be used: {Reason}")]
    private static partial void LogNotTaken(ILogger logger, string reason);
}
