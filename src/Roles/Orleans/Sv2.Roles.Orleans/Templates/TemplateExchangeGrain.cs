using Microsoft.Extensions.Logging;

namespace Sv2.Roles.Orleans.Templates;

internal sealed partial class TemplateExchangeGrain(ClusterOptions options, TimeProvider time, ILogger<TemplateExchangeGrain> log)
    : Grain, ITemplateExchangeGrain
{
    private readonly Dictionary<string, Member> _members = new(StringComparer.Ordinal);
    private readonly long _awakeSince = time.GetTimestamp();
    private string? _leader;
    private long _term;
    private long _sequence;
    private SharedTemplates? _whole;
    private long _unservedSince;

    public Task<ExchangeAnswer> JoinAsync(ExchangeMember member, ITemplateListener listener)
    {
        _members[member.Name] = new Member(listener, member.IsServed, time.GetTimestamp());
        ForgetSilent();
        // This grain may have been away; who led goes on leading.
        if (_leader is null && member.Leads) Lead(member.Name, member.Term);
        // A term that somebody knows already is never given to another leader, whatever the clocks say.
        if (_leader is not null && _leader != member.Name && member.Term > _term) Lead(_leader, member.Term + 1);
        if (NeedsLeader()) Lead(NextLeader(), Math.Max(_term + 1, time.GetUtcNow().ToUnixTimeMilliseconds()));
        bool isUpToDate = member.Name == _leader || (member.Term == _term && member.Sequence == _sequence);
        return Task.FromResult(new ExchangeAnswer(_leader, _term, _sequence, _whole is not null, isUpToDate ? null : _whole));
    }

    public Task<bool> PublishAsync(string member, long term, SharedTemplates news, SharedTemplates whole)
    {
        if (member != _leader || term != _term) return Task.FromResult(false);
        _sequence++;
        _whole = whole;
        foreach ((string name, Member other) in _members)
        {
            if (name == member) continue;
            try
            {
                _ = other.Listener.OnTemplatesAsync(_term, _sequence, news);
            }
            catch (Exception e)
            {
                // It finds the gap when it joins again, or is forgotten.
                LogNotSent(log, name, e.Message);
            }
        }

        return Task.FromResult(true);
    }

    public Task LeaveAsync(string member)
    {
        _members.Remove(member);
        return Task.CompletedTask;
    }

    private void ForgetSilent()
    {
        foreach (string silent in _members.Where(m => time.GetElapsedTime(m.Value.HeardAt) >= options.ExchangePatience).Select(m => m.Key).ToList())
            _members.Remove(silent);
    }

    private bool NeedsLeader()
    {
        // Right after waking up it waits for the one that may lead already.
        if (_leader is null) return time.GetElapsedTime(_awakeSince) >= options.ReconcileInterval * 1.5;
        if (!_members.TryGetValue(_leader, out Member? leader)) return true;
        if (leader.IsServed)
        {
            _unservedSince = time.GetTimestamp();
            return false;
        }

        // One that finds no provider lets another try.
        return _members.Count > 1 && time.GetElapsedTime(_unservedSince) >= options.ExchangePatience * 2;
    }

    /// <summary>A member that is served already, or else the one after the last leader.</summary>
    private string NextLeader()
    {
        List<string> names = [.. _members.Keys.Order(StringComparer.Ordinal)];
        return names.Find(name => _members[name].IsServed && name != _leader)
            ?? names.Find(name => string.CompareOrdinal(name, _leader) > 0)
            ?? names[0];
    }

    private void Lead(string member, long term)
    {
        LogLeader(log, this.GetPrimaryKeyString(), member);
        (_leader, _term, _sequence, _whole) = (member, term, 0, null);
        _unservedSince = time.GetTimestamp();
    }

    [LoggerMessage(LogLevel.Information, "{Group}: {Member} follows the template provider for all front ends")]
    private static partial void LogLeader(ILogger log, string group, string member);

    [LoggerMessage(LogLevel.Debug, "Templates could not be sent to {Member}: {Reason}")]
    private static partial void LogNotSent(ILogger log, string member, string reason);

    private sealed record Member(ITemplateListener Listener, bool IsServed, long HeardAt);
}
