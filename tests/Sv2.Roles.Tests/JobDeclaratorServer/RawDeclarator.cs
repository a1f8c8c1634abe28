using Sv2.Bitcoin;
using Sv2.Noise;
using Sv2.Protocol;
using Sv2.Protocol.Common;
using Sv2.Protocol.JobDeclaration;
using Sv2.Protocol.TemplateDistribution;
using Sv2.Roles.JobDeclaration;
using Sv2.Roles.TemplateProvider;
using Sv2.Roles.Tests.Pool;
using Sv2.Transport;
using Sv2.Transport.Setup;

namespace Sv2.Roles.Tests.JobDeclaratorServer;

/// <summary>A client of the Job Declaration Protocol that sends exactly what a test wants.</summary>
internal sealed class RawDeclarator : IAsyncDisposable
{
    private static readonly ConnectorOptions Options = new() { PayloadBytesMax = PayloadLimits.FullBlock, OutboundBytesMax = 32 * 1024 * 1024 };

    private readonly Sv2Connection _connection;
    private readonly Task _receiving;
    private uint _lastRequestId;

    private RawDeclarator(Sv2Connection connection)
    {
        _connection = connection;
        _receiving = ReceiveAsync();
    }

    public FrameInbox Inbox { get; } = new();

    public Sv2Connection Connection => _connection;

    /// <summary>Completes when the connection has ended.</summary>
    public Task Ended => _receiving;

    public static async Task<(Sv2Connection Connection, SetupResult Setup)> TryConnectAsync(ConnectionString server, bool revealsTransactions, Subprotocol protocol = Subprotocol.JobDeclaration)
    {
        Sv2Connection connection = await Sv2Connector.ConnectAsync(server, Options);
        ClientSetup setup = new()
        {
            Protocol = protocol,
            Flags = revealsTransactions ? (uint)JobDeclarationSetupFlags.DeclareTxData : 0,
            Vendor = "raw declarator",
            ClosesOnReconnect = false,
        };
        return (connection, await setup.RunAsync(connection));
    }

    public static async Task<RawDeclarator> ConnectAsync(ConnectionString server, bool revealsTransactions = true)
    {
        (Sv2Connection connection, SetupResult setup) = await TryConnectAsync(server, revealsTransactions);
        Assert.True(setup.Succeeded, setup.Failure?.Reason.ToString());
        Assert.Equal(0u, setup.ServerFlags);
        return new RawDeclarator(connection);
    }

    public void Send<T>(in T message) where T : IMessage<T> => Assert.True(_connection.TrySend(message));

    public Task<T> ExpectAsync<T>(Func<T, bool>? matches = null) where T : IMessage<T> => Inbox.ExpectAsync(matches);

    public async Task<AllocateMiningJobTokenSuccess> AllocateAsync(string user = "alice")
    {
        uint request = ++_lastRequestId;
        Send(new AllocateMiningJobToken { UserIdentifier = user, RequestId = request });
        return await ExpectAsync<AllocateMiningJobTokenSuccess>(answer => answer.RequestId == request);
    }

    /// <summary>A job with these transactions in the token's form, not sent yet.</summary>
    public async Task<RawJob> PrepareAsync(NodeView view, IReadOnlyList<Transaction> transactions, long fees, uint requestId = 7, Func<PoolOutputs, ulong, TxOutput[]>? outputs = null)
    {
        AllocateMiningJobTokenSuccess token = await AllocateAsync();
        Assert.True(PoolOutputs.TryRead(token.CoinbaseTxOutputs.Span, out PoolOutputs? pool, out string? error), error);
        NewTemplate template = RawJob.Template(view, transactions, fees);
        CustomJob? job;
        if (outputs is null)
            Assert.True(CustomJob.TryCreate(template, pool, [], 16, out job, out error), error);
        else
            Assert.True(CustomJob.TryCreate(template, (TxOutput[])[.. outputs(pool, template.CoinbaseTxValueRemaining), RawJob.Commitment(transactions)], 16, out job, out error), error);
        DeclareMiningJob message = job!.Declare(requestId, token.MiningJobToken, Array.ConvertAll(transactions.ToArray(), t => t.Wtxid), default);
        return new RawJob(view, transactions, job, message);
    }

    /// <summary>Declares, and provides what is asked for, until the server's word.</summary>
    public async Task<DeclareMiningJobSuccess> DeclareAsync(RawJob job, bool providesMissing = true)
    {
        Send(job.Message);
        if (providesMissing)
            Provide(job, await ExpectAsync<ProvideMissingTransactions>(request => request.RequestId == job.Message.RequestId));
        return await ExpectAsync<DeclareMiningJobSuccess>(answer => answer.RequestId == job.Message.RequestId);
    }

    public void Provide(RawJob job, in ProvideMissingTransactions request) => Send(new ProvideMissingTransactionsSuccess
    {
        RequestId = request.RequestId,
        TransactionList = Array.ConvertAll(request.UnknownTxPositionList.ToArray(), position => ByteString.Wrap(job.Transactions[position].ToBytes())),
    });

    public Task<DeclareMiningJobError> ExpectErrorAsync(uint requestId = 7) => ExpectAsync<DeclareMiningJobError>(error => error.RequestId == requestId);

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _receiving;
    }

    private async Task ReceiveAsync()
    {
        await Task.Yield();
        await _connection.RunAsync(Inbox, CancellationToken.None);
        Inbox.Close();
    }
}

/// <summary>A declared job with all that is needed to mine it.</summary>
internal sealed record RawJob(NodeView View, IReadOnlyList<Transaction> Transactions, CustomJob Job, DeclareMiningJob Message)
{
    public static TxOutput Commitment(IReadOnlyList<Transaction> transactions) =>
        WitnessCommitment.Output(WitnessCommitment.Compute(transactions.Select(transaction => transaction.Wtxid).ToArray()));

    public static NewTemplate Template(NodeView view, IReadOnlyList<Transaction> transactions, long fees) => new()
    {
        TemplateId = 1,
        FutureTemplate = false,
        Version = view.Version,
        CoinbaseTxVersion = 2,
        CoinbasePrefix = CoinbaseRules.HeightPush((uint)view.Height),
        CoinbaseTxInputSequence = 0xfffffffe,
        CoinbaseTxValueRemaining = (ulong)(view.Subsidy + fees),
        CoinbaseTxOutputsCount = 1,
        CoinbaseTxOutputs = TxOutput.SerializeUnprefixed([Commitment(transactions)]),
        CoinbaseTxLocktime = (uint)view.Height - 1,
        MerklePath = MerklePath.OfCoinbase(transactions.Select(transaction => transaction.Txid).ToArray()),
    };

    /// <summary>A solution found by hashing, independent of the server's code.</summary>
    public PushSolution Solve(byte mark = 0xee)
    {
        uint time = Math.Max(View.MinTime, (uint)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds());
        PushSolution solution = new()
        {
            Extranonce = (byte[])[.. Enumerable.Repeat(mark, 16)],
            PrevHash = View.TipHash,
            Nonce = 0,
            NTime = time,
            NBits = View.NBits,
            Version = Job.Version,
        };
        while (!IsSolvedBy(solution))
            solution = solution with { Nonce = solution.Nonce + 1 };
        return solution;
    }

    public bool IsSolvedBy(in PushSolution solution)
    {
        byte[] coinbase = [.. Job.Split.StrippedPrefix.Span, .. solution.Extranonce.Span, .. Job.Split.StrippedSuffix.Span];
        U256 root = MerkleTree.Root([Sha256d.Hash(coinbase), .. Transactions.Select(transaction => transaction.Txid)]);
        BlockHeader header = new(solution.Version, solution.PrevHash, root, solution.NTime, solution.NBits, solution.Nonce);
        return header.Hash() <= new CompactTarget(View.NBits).ToTarget();
    }
}
