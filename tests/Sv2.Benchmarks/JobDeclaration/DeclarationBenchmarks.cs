using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Engines;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.Protocol.Common;
using Sv2.Protocol.JobDeclaration;
using Sv2.Protocol.Mining;
using Sv2.Protocol.TemplateDistribution;
using Sv2.Roles.JobDeclaration;
using Sv2.Roles.JobDeclaratorServer;
using TemplateTip = Sv2.Protocol.TemplateDistribution.SetNewPrevHash;

namespace Sv2.Benchmarks.JobDeclaration;

/// <summary>
/// A template of 4 000 transactions, of which the server's node does not know 1 %, from the NewTemplate in the client's hand to
/// SetCustomMiningJob.Success: the transactions fetched from the template provider, declared, the unknown provided, the block
/// judged, the job set at the pool. Real sockets and encryption; a new connection each time, because a server asks only once.
/// </summary>
[Config(typeof(OneAtATime))]
public class DeclarationBenchmarks
{
    private const int Transactions = 4_000;
    private const int Unknown = 40;

    private readonly DeclarationStack _stack = new();
    private FrameClient _templates = null!;
    private FrameClient _server = null!;
    private FrameClient _pool = null!;
    private NewTemplate _template;
    private TemplateTip _tip;
    private OpenExtendedMiningChannelSuccess _channel;
    private AllocateMiningJobTokenSuccess _token;
    private PoolOutputs _outputs = null!;

    /// <summary>Who judges the job after the server's own checks.</summary>
    [Params(DeclarationValidation.Proposal, DeclarationValidation.Local)]
    public DeclarationValidation Validation { get; set; }

    [GlobalSetup]
    public void Start()
    {
        _stack.StartAsync(Transactions, Unknown, Validation).GetAwaiter().GetResult();
        StartClientAsync().GetAwaiter().GetResult();
    }

    [GlobalCleanup]
    public void Stop()
    {
        _templates.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _pool.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _stack.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    [IterationSetup]
    public void Connect() => ConnectAsync().GetAwaiter().GetResult();

    [IterationCleanup]
    public void Disconnect() => _server.DisposeAsync().AsTask().GetAwaiter().GetResult();

    [Benchmark]
    public async Task<uint> NewTemplateToSetCustomMiningJobSuccess()
    {
        _templates.Send(new RequestTransactionData { TemplateId = _template.TemplateId });
        RequestTransactionDataSuccess data = await _templates.ExpectAsync<RequestTransactionDataSuccess>();
        ByteString[] list = data.TransactionList.ToArray();
        U256[] wtxids = Array.ConvertAll(list, transaction => Transaction.Parse(transaction.Span).Wtxid);
        int extranonce = _channel.ExtranoncePrefix.Length + _channel.ExtranonceSize;
        if (list.Length != Transactions)
            throw new InvalidOperationException($"the template has {list.Length} transactions, {Transactions} wanted");
        if (!CustomJob.TryCreate(_template, _outputs, [], extranonce, out CustomJob? job, out string? error))
            throw new InvalidOperationException(error);

        _server.Send(job.Declare(1, _token.MiningJobToken, wtxids, data.ExcessData));
        ProvideMissingTransactions missing = await _server.ExpectAsync<ProvideMissingTransactions>();
        if (missing.UnknownTxPositionList.Count != Unknown)
            throw new InvalidOperationException($"{missing.UnknownTxPositionList.Count} transactions were unknown, {Unknown} wanted");
        _server.Send(new ProvideMissingTransactionsSuccess { RequestId = 1, TransactionList = Array.ConvertAll(missing.UnknownTxPositionList.ToArray(), position => list[position]) });
        DeclareMiningJobSuccess declared = await _server.ExpectAsync<DeclareMiningJobSuccess>();

        _pool.Send(job.ToSetCustomMiningJob(_channel.ChannelId, 1, declared.NewMiningJobToken, _tip.PrevHash, _tip.HeaderTimestamp, _tip.NBits));
        return (await _pool.ExpectAsync<SetCustomMiningJobSuccess>()).JobId;
    }

    private async Task StartClientAsync()
    {
        _pool = await FrameClient.ConnectAsync(_stack.Pool, Subprotocol.Mining, (uint)MiningSetupFlags.RequiresWorkSelection);
        _pool.Send(new OpenExtendedMiningChannel { RequestId = 1, UserIdentity = "alice.farm", NominalHashRate = 1, MaxTarget = U256.MaxValue, MinExtranonceSize = 8 });
        _channel = await _pool.ExpectAsync<OpenExtendedMiningChannelSuccess>();
        _templates = await FrameClient.ConnectAsync(_stack.Templates, Subprotocol.TemplateDistribution, 0);
        _templates.Send(new CoinbaseOutputConstraints { CoinbaseOutputMaxAdditionalSize = 100, CoinbaseOutputMaxAdditionalSigops = 0 });
        _template = await _templates.ExpectAsync<NewTemplate>();
        _tip = await _templates.ExpectAsync<TemplateTip>();
        if (_template.TemplateId != _tip.TemplateId)
            throw new InvalidOperationException("the first template is not the one of the tip");
    }

    private async Task ConnectAsync()
    {
        _server = await FrameClient.ConnectAsync(_stack.Declarator, Subprotocol.JobDeclaration, (uint)JobDeclarationSetupFlags.DeclareTxData);
        _server.Send(new AllocateMiningJobToken { UserIdentifier = "alice", RequestId = 1 });
        _token = await _server.ExpectAsync<AllocateMiningJobTokenSuccess>();
        if (!PoolOutputs.TryRead(_token.CoinbaseTxOutputs.Span, out PoolOutputs? outputs, out string? error))
            throw new InvalidOperationException(error);
        _outputs = outputs;
    }

    // A declaration is one long thing, and state changes with it: each is measured by itself, in this process.
    private sealed class OneAtATime : ManualConfig
    {
        public OneAtATime() => AddJob(Job.Default
            .WithToolchain(InProcessEmitToolchain.Instance)
            .WithStrategy(RunStrategy.Monitoring)
            .WithLaunchCount(1).WithWarmupCount(5).WithIterationCount(40).WithInvocationCount(1).WithUnrollFactor(1));
    }
}
