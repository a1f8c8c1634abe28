using Sv2.ControlPlane.Tests.Support;
using Sv2.Roles;
using Sv2.Roles.Tests.Hosting;

namespace Sv2.ControlPlane.Tests.Contract;

/// <summary>A control plane over two instances that have one of everything.</summary>
internal static class FilledControlPlane
{
    /// <summary>Hash of the only block.</summary>
    public static readonly string BlockHash = Samples.Block(7, BlockState.Accepted).Hash;

    public static async Task<RunningControlPlane> StartAsync()
    {
        RunningControlPlane app = await RunningControlPlane.StartAsync();
        await app.CreateAsync("a");
        ScriptedRole pool = await app.CreateAsync("pool");
        pool.CurrentReport = pool.CurrentReport with
        {
            Endpoints = [new("mining", "127.0.0.1:1", "stratum2+tcp://127.0.0.1:1/key", true)],
            Upstreams = [new("template-distribution", "stratum2+tcp://127.0.0.1:2/key", UpstreamState.Connected, null, default) { LatencyMilliseconds = 3 }],
            Figures = [new(FigureNames.HashRate, 5e6, "H/s"), new(FigureNames.SharesAccepted, 10, "shares"), new(FigureNames.SharesRejected, 2, "shares")],
            Rejections = new Dictionary<string, long> { ["stale-share"] = 2 },
        };
        pool.Blocks.Add(Samples.Block(7, BlockState.Accepted) with { Finder = "ann.rig1", Worker = "ann.rig1" });
        pool.Channels.Add(Samples.Channel(1, "ann.rig1"));
        pool.Workers.Add(Samples.Worker("ann.rig1"));
        pool.Templates.Add(Samples.Template(7));
        pool.Jobs.Add(Samples.Job(5));
        pool.Declarations.Add(Samples.Declaration(1));
        pool.Tokens.Add(Samples.Token("00112233"));
        return app;
    }
}
