using System.Threading.Channels;
using Sv2.Noise;
using Sv2.Protocol.TemplateDistribution;
using Sv2.Roles.TemplateDistribution;
using Sv2.Roles.Tests.Hosting;
using Sv2.Roles.Tests.TemplateProvider.Support;
using Sv2.TestKit;

namespace Sv2.Roles.Tests.TemplateDistribution;

/// <summary>A template client with a folder, and a record of all that it tells its owner.</summary>
internal sealed class ClientFixture : IAsyncDisposable, ITemplateObserver
{
    private readonly TemporaryFolder _folder;
    private readonly bool _ownsFolder;
    private readonly Channel<object> _told = Channel.CreateBounded<object>(10_000);

    public ClientFixture(params ConnectionString[] providers)
        : this(new TemporaryFolder(), providers) => _ownsFolder = true;

    public ClientFixture(TemplateSharing sharing, params ConnectionString[] providers)
        : this(new TemporaryFolder(), providers, sharing) => _ownsFolder = true;

    public ClientFixture(TemporaryFolder folder, params ConnectionString[] providers)
        : this(folder, providers, sharing: null)
    {
    }

    private ClientFixture(TemporaryFolder folder, ConnectionString[] providers, TemplateSharing? sharing)
    {
        _folder = folder;
        Client = new TemplateClient(
            new TemplateClientOptions
            {
                Providers = providers,
                Sharing = sharing,
                SolutionsDirectory = SolutionsDirectory,
                Role = "test",
                BackoffMin = TimeSpan.FromMilliseconds(20),
                BackoffMax = TimeSpan.FromMilliseconds(100),
                ReturnInterval = TimeSpan.FromMilliseconds(50),
            },
            new CoinbaseOutputConstraints { CoinbaseOutputMaxAdditionalSize = 31, CoinbaseOutputMaxAdditionalSigops = 4 },
            this,
            Log,
            TimeProvider.System);
    }

    public TemplateClient Client { get; }

    public LogCollector Log { get; } = new();

    public string SolutionsDirectory => Path.Combine(_folder.Path, "solutions");

    public string[] SolutionFiles => Directory.GetFiles(SolutionsDirectory);

    public void OnNewTemplate(ProvidedTemplate template) => _told.Writer.TryWrite(template);

    public void OnNewPrevHash(ProvidedTemplate template, in SetNewPrevHash prevHash) => _told.Writer.TryWrite(new ActiveTemplate(template, prevHash));

    public void OnProviderChanged(ProviderState state) => _told.Writer.TryWrite(state);

    public void OnSolutionSettled(TemplateSolution solution, SolutionOutcome outcome) => _told.Writer.TryWrite((solution, outcome));

    /// <summary>The next thing of this type that the owner is told, passing over others.</summary>
    public async Task<T> NextAsync<T>(Func<T, bool>? which = null)
    {
        using CancellationTokenSource patience = new(ScriptedPeer.Patience);
        while (true)
        {
            object told = await _told.Reader.ReadAsync(patience.Token);
            if (told is T wanted && (which is null || which(wanted)))
                return wanted;
        }
    }

    /// <summary>The next thing, whatever it is, but for provider states.</summary>
    public async Task<object> NextTemplateOrTipAsync()
    {
        using CancellationTokenSource patience = new(ScriptedPeer.Patience);
        while (true)
        {
            object told = await _told.Reader.ReadAsync(patience.Token);
            if (told is not ProviderState)
                return told;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        Log.Dispose();
        if (_ownsFolder)
            _folder.Dispose();
    }
}
