namespace Sv2.Roles.Tests.TemplateDistribution;

/// <summary>An exchange in one process: the test says who leads, and what the leader publishes the others are given at once.</summary>
internal sealed class DirectExchange : ITemplateExchange
{
    private readonly Dictionary<string, ITemplateSharer> _members = [];
    private string? _leader;

    public ITemplateSeat Join(string group, string member, ITemplateSharer sharer)
    {
        _members.Add(member, sharer);
        return new Seat(this, member);
    }

    public ITemplateSharer this[string member] => _members[member];

    /// <summary>Gives the lead to a member, or to none.</summary>
    public void Lead(string? leader)
    {
        _leader = leader;
        foreach ((string member, ITemplateSharer sharer) in _members) sharer.Connect(member == leader);
    }

    private sealed class Seat(DirectExchange exchange, string member) : ITemplateSeat
    {
        public void Publish(SharedTemplates news, SharedTemplates whole)
        {
            if (exchange._leader != member) return;
            foreach ((string name, ITemplateSharer sharer) in exchange._members)
            {
                // Who cannot use the news gets all.
                if (name != member && !sharer.Take(news)) sharer.Take(whole);
            }
        }

        public ValueTask DisposeAsync()
        {
            exchange._members.Remove(member);
            return ValueTask.CompletedTask;
        }
    }
}
