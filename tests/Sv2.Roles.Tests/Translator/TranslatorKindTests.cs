using System.Net;
using Sv2.Roles.Tests.Upstreams;
using Sv2.Roles.Translator;
using Sv2.Roles.Upstreams;
using Sv2.Roles.Workers;

namespace Sv2.Roles.Tests.Translator;

public sealed class TranslatorKindTests
{
    private static readonly TranslatorKind Kind = new();

    [Fact]
    public void The_example_is_valid() => Assert.Empty(Kind.Validate(Kind.Example));

    [Fact]
    [Trait("spec", "74")]
    public void Worker_names_are_told_by_default_and_the_option_says_so()
    {
        Assert.True(new TranslatorOptions().WorkerNames);
        Assert.Empty(new WorkRouteProbe(new TranslatorOptions { Pools = Kind.Example.Pools, WorkerNames = false }).RequestedExtensions);
        Assert.Equal([WorkerTlv.Extension], new WorkRouteProbe(new TranslatorOptions { Pools = Kind.Example.Pools }).RequestedExtensions);
    }

    [Fact]
    public void What_cannot_work_is_named_by_its_key()
    {
        TranslatorOptions example = Kind.Example;
        Assert.Equal("pools[0].address", Single(example with { Pools = [new UpstreamPoolOptions { Address = "http://x" }] }));
        Assert.Equal("userIdentity", Single(example with { UserIdentity = "" }));
        Assert.Empty(Kind.Validate(example with { UserIdentity = "", Mode = TranslatorMode.PerMiner }));
        Assert.Equal("extranonce", Single(example with { Mode = TranslatorMode.PerMiner, Extranonce = ExtranoncePlacement.Subscription }));
        Assert.Equal("userIdentity", Single(example with { UserIdentity = new string('ü', 200) }));
    }

    [Fact]
    public async Task A_port_in_use_is_a_fault_of_the_configuration()
    {
        await using ScriptedPool pool = ScriptedPool.Start();
        await using TranslatorHarness first = await TranslatorHarness.StartAsync([pool.Address]);
        ConfigurationException fault = await Assert.ThrowsAsync<ConfigurationException>(() =>
            TranslatorHarness.StartAsync([pool.Address], options => options with { Listen = new IPEndPoint(IPAddress.Loopback, first.Port) }));
        Assert.Contains("listen", fault.Message);
    }

    private static string Single(TranslatorOptions options) => Assert.Single(Kind.Validate(options)).Key;

    private sealed class WorkRouteProbe(TranslatorOptions options)
    {
        public IReadOnlyList<ushort> RequestedExtensions { get; } = new AggregatedRoute(new TranslatorServices(options, new RoleContext
        {
            InstanceName = "t",
            DataDirectory = Path.GetTempPath(),
            LoggerFactory = Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance,
            TimeProvider = TimeProvider.System,
            Events = new Pool.RecordedEvents(),
        })).Configure(options).RequestedExtensions;
    }
}
