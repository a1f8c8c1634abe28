using Sv2.Mining.Client;
using Sv2.Mining.Server;
using Sv2.Protocol;
using Sv2.Protocol.Mining;

namespace Sv2.Mining.Tests.Server;

public sealed class SmokeTests
{
    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void Open_mine_new_job_new_block_mine_and_acknowledge(bool requiresStandardJobs, bool extended)
    {
        Bench bench = Bench.Running();
        Link link = bench.Connect(requiresStandardJobs ? MiningSetupFlags.RequiresStandardJobs : 0);
        ClientChannel channel = extended ? link.OpenExtended() : link.OpenStandard();
        for (int i = 0; i < 3; i++)
        {
            link.Mine(channel);
            bench.AddActive();
            link.Pump();
            link.Mine(channel);
            bench.AddFuture();
            link.Pump();
            bench.NewBlock();
            link.Pump();
            link.Mine(channel);
        }

        Assert.Empty(link.Events.Violations);
        Assert.Empty(link.Sink.Refused);
        Assert.Equal(9, link.Sink.Accepted.Count);
        link.AckAll();
        bench.Advance(TimeSpan.FromSeconds(1));
        link.Pump();
        Assert.Equal(9, channel.Accepted);
        Assert.Equal(9u, link.ToClient.Single<SubmitSharesSuccess>().NewSubmitsAcceptedCount);
    }
}
