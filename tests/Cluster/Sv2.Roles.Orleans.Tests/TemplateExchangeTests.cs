using System.Globalization;
using Sv2.Roles.Orleans.Templates;

namespace Sv2.Roles.Orleans.Tests;

/// <summary>Front ends on several silos that share templates: one leads, the others get what it gets.</summary>
public sealed class TemplateExchangeTests : IAsyncLifetime
{
    private const int Templates = 20;

    private TestCluster _cluster = null!;

    public async Task InitializeAsync() => _cluster = await TestCluster.StartAsync("one", "two");

    public Task DisposeAsync() => _cluster.DisposeAsync().AsTask();

    [Fact]
    public async Task Each_template_is_one_call_a_front_end_and_comes_in_order()
    {
        Sharer[] all = [new("a"), new("b"), new("c")];
        await using ITemplateSeat a = Join("one", all[0]), b = Join("two", all[1]), c = Join("two", all[2]);
        ITemplateSeat[] seats = [a, b, c];
        Sharer leader = await LeaderAsync(all);
        ITemplateSeat lead = seats[Array.IndexOf(all, leader)];
        Sharer[] others = [.. all.Where(sharer => sharer != leader)];
        leader.Serve(lead, 0);
        foreach (Sharer other in others) await other.HasAsync(0);
        long observed = _cluster.Calls.Of(nameof(ITemplateListener.OnTemplatesAsync));

        for (int i = 1; i <= Templates; i++)
        {
            leader.Serve(lead, i);
            // As they come from a provider: one after the other.
            foreach (Sharer other in others) await other.HasAsync(i);
        }

        Assert.All(others, other => Assert.Equal(Enumerable.Range(0, Templates + 1), other.Taken));
        Assert.All(others, other => Assert.False(other.IsConnected));
        Assert.Equal(Templates * others.Length, _cluster.Calls.Of(nameof(ITemplateListener.OnTemplatesAsync)) - observed);
    }

    [Fact]
    public async Task When_the_leader_goes_another_leads_and_late_comers_get_all()
    {
        Sharer[] all = [new("a"), new("b")];
        await using ITemplateSeat a = Join("one", all[0]), b = Join("two", all[1]);
        ITemplateSeat[] seats = [a, b];
        Sharer leader = await LeaderAsync(all);
        leader.Serve(seats[Array.IndexOf(all, leader)], 7);
        Sharer other = all.Single(sharer => sharer != leader);
        await other.HasAsync(7);

        await seats[Array.IndexOf(all, leader)].DisposeAsync();

        await Wait.ForAsync("the other one leads", () => Task.FromResult(other.IsConnected), connected => connected);
        other.Serve(seats[Array.IndexOf(all, other)], 8);
        var late = new Sharer("late");
        await using ITemplateSeat seat = Join("one", late);
        await late.HasAsync(8);
        Assert.False(late.IsConnected);
    }

    private ITemplateSeat Join(string silo, Sharer sharer) => _cluster.Service<TemplateExchange>(silo).Join("group", sharer.Name, sharer);

    private static Task<Sharer> LeaderAsync(Sharer[] all) => Wait.ForAsync(
        "one of them leads", () => Task.FromResult(all.FirstOrDefault(sharer => sharer.IsConnected)!), leader => leader is not null);

    /// <summary>A front end whose templates are numbers.</summary>
    private sealed class Sharer(string name) : ITemplateSharer
    {
        private readonly Lock _gate = new();
        private readonly List<int> _taken = [];
        private SharedTemplates? _whole;

        public string Name => name;

        public bool IsConnected { get; private set; }

        public bool IsServed => Whole() is not null;

        public int[] Taken
        {
            get { lock (_gate) return [.. _taken]; }
        }

        public void Connect(bool isWanted) => IsConnected = isWanted;

        public bool Take(SharedTemplates templates)
        {
            int number = int.Parse(System.Text.Encoding.UTF8.GetString(templates.Frames), CultureInfo.InvariantCulture);
            lock (_gate)
            {
                if (_taken is [.., int last] && last == number) return true;
                _taken.Add(number);
            }

            return true;
        }

        public SharedTemplates? Whole()
        {
            lock (_gate) return _whole;
        }

        /// <summary>Has got a template and passes it on.</summary>
        public void Serve(ITemplateSeat seat, int number)
        {
            SharedTemplates news = Make(number, isWhole: Whole() is null), whole = Make(number, isWhole: true);
            lock (_gate) _whole = whole;
            seat.Publish(news, whole);
        }

        public Task HasAsync(int number) => Wait.ForAsync($"{name} has template {number}", () => Task.FromResult(Taken), taken => taken is [.., int last] && last == number);

        private static SharedTemplates Make(int number, bool isWhole) =>
            new("provider", isWhole, System.Text.Encoding.UTF8.GetBytes(number.ToString(CultureInfo.InvariantCulture)));
    }
}
