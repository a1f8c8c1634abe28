using System.Text;
using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.Protocol.JobDeclaration;
using Sv2.Roles.JobDeclaration;
using Sv2.Roles.JobDeclaratorServer;

namespace Sv2.Roles.Tests.JobDeclaratorServer;

/// <summary>Answers to ProvideMissingTransactions that are not what was asked for, and those that are as large as can be.</summary>
public sealed class MissingTransactionsTests
{
    public static TheoryData<string, string> WrongAnswers => new()
    {
        { "two of three", "2 transactions came, 3 were asked for" },
        { "four of three", "4 transactions came, 3 were asked for" },
        { "none", "0 transactions came, 3 were asked for" },
        { "another order", "has wtxid" },
        { "one twice", "has wtxid" },
        { "without witness", "has wtxid" },
        { "garbage", "cannot be read" },
        { "a byte too many", "cannot be read" },
    };

    [Theory]
    [MemberData(nameof(WrongAnswers))]
    [Trait("spec", "280")]
    [Trait("spec", "281")]
    public async Task A_wrong_answer_is_refused_at_once(string answer, string details)
    {
        await using DeclaratorHarness server = await DeclaratorHarness.StartAsync(initial: 0);
        await using RawDeclarator client = await server.ConnectAsync();
        Transaction[] made = server.MakeTransactions(4);
        RawJob job = await client.PrepareAsync(server.View, made[..3], 0);
        client.Send(job.Message);
        await client.ExpectAsync<ProvideMissingTransactions>();

        client.Send(new ProvideMissingTransactionsSuccess { RequestId = 7, TransactionList = Answer(answer, [.. made.Select(transaction => ByteString.Wrap(transaction.ToBytes()))], made[0]) });

        DeclareMiningJobError error = await client.ExpectErrorAsync();
        Assert.Equal(DeclarationErrorCodes.MissingTransactions, error.ErrorCode.ToString());
        Assert.Contains(details, Encoding.UTF8.GetString(error.ErrorDetails.Span), StringComparison.Ordinal);
        Assert.Equal(0, server.Figure("providedBytes"));
        RawJob next = await client.PrepareAsync(server.View, made[..3], 0);
        await client.DeclareAsync(next);
    }

    [Fact]
    [Trait("spec", "281")]
    public async Task An_answer_that_does_not_come_ends_the_declaration_and_one_that_comes_late_is_ignored()
    {
        await using DeclaratorHarness server = await DeclaratorHarness.StartAsync(options => options with { Limits = options.Limits with { MissingTransactions = TimeSpan.FromMilliseconds(100) } }, initial: 0);
        await using RawDeclarator client = await server.ConnectAsync();
        RawJob job = await client.PrepareAsync(server.View, server.MakeTransactions(1), 0);
        client.Send(job.Message);
        ProvideMissingTransactions request = await client.ExpectAsync<ProvideMissingTransactions>();

        DeclareMiningJobError error = await client.ExpectErrorAsync();
        client.Provide(job, request);

        Assert.Equal(DeclarationErrorCodes.MissingTransactions, error.ErrorCode.ToString());
        await client.DeclareAsync(await client.PrepareAsync(server.View, [], 0), providesMissing: false);
        Assert.Equal(1, server.Figure("transactionAnswersIgnored"));
        Assert.Equal(0, client.Inbox.Count<DeclareMiningJobSuccess>());
    }

    [Fact]
    [Trait("spec", "281")]
    public async Task An_answer_that_comes_twice_or_was_never_asked_for_changes_nothing()
    {
        await using DeclaratorHarness server = await DeclaratorHarness.StartAsync(initial: 0);
        await using RawDeclarator client = await server.ConnectAsync();
        RawJob job = await client.PrepareAsync(server.View, server.MakeTransactions(1), 0);
        client.Send(new ProvideMissingTransactionsSuccess { RequestId = 99, TransactionList = [] });
        client.Send(job.Message);
        ProvideMissingTransactions request = await client.ExpectAsync<ProvideMissingTransactions>();

        client.Provide(job, request);
        client.Provide(job, request);

        await client.ExpectAsync<DeclareMiningJobSuccess>();
        await client.AllocateAsync();
        Assert.Equal(2, server.Figure("transactionAnswersIgnored"));
        Assert.Equal(0, client.Inbox.Count<DeclareMiningJobError>());
    }

    [Fact]
    [Trait("spec", "27")]
    public async Task A_frame_above_the_limit_ends_its_own_connection_and_no_other()
    {
        await using DeclaratorHarness server = await DeclaratorHarness.StartAsync(initial: 0);
        await using RawDeclarator client = await server.ConnectAsync();
        await using RawDeclarator other = await server.ConnectAsync();
        RawJob job = await client.PrepareAsync(server.View, server.MakeTransactions(1), 0);
        client.Send(job.Message);
        await client.ExpectAsync<ProvideMissingTransactions>();

        client.Send(new ProvideMissingTransactionsSuccess { RequestId = 7, TransactionList = [ByteString.Wrap(new byte[5_000_000])] });

        await client.Ended;
        await DeclaratorHarness.UntilAsync(() => server.Declarations.Single().State == DeclarationState.Dropped, "the declaration was dropped");
        await other.DeclareAsync(await other.PrepareAsync(server.View, [], 0), providesMissing: false);
        Assert.Equal(0, server.Figure("providedBytes"));
    }

    [Fact]
    public async Task What_all_clients_provide_is_bounded()
    {
        await using DeclaratorHarness server = await DeclaratorHarness.StartAsync(
            options => options with { Validation = DeclarationValidation.Local, Limits = options.Limits with { ProvidedMegabytes = 8 } }, initial: 0);
        await using RawDeclarator client = await server.ConnectAsync();
        RawDeclarator[] others = await Task.WhenAll(server.ConnectAsync(), server.ConnectAsync());
        await others[0].DeclareAsync(await others[0].PrepareAsync(server.View, Large(40, 90_000, seed: 1), 0));
        await others[1].DeclareAsync(await others[1].PrepareAsync(server.View, Large(40, 90_000, seed: 2), 0));
        RawJob job = await client.PrepareAsync(server.View, Large(40, 90_000, seed: 3), 0);
        client.Send(job.Message);
        client.Provide(job, await client.ExpectAsync<ProvideMissingTransactions>());

        Assert.Equal(DeclarationErrorCodes.TooManyPendingJobs, (await client.ExpectErrorAsync()).ErrorCode.ToString());

        // When a client goes, its bytes are free again.
        await others[0].DisposeAsync();
        await DeclaratorHarness.UntilAsync(() => server.Figure("providedBytes") < 5_000_000, "its bytes were released");
        await client.DeclareAsync(await client.PrepareAsync(server.View, Large(40, 90_000, seed: 3), 0));
        await others[1].DisposeAsync();
    }

    // The most that a block can be with so many transactions: every byte that is no witness weighs four times.
    [Theory]
    [InlineData(5_000, 545, 3_050_000)]
    [InlineData(400, 9_600, 3_800_000)]
    [Trait("spec", "27")]
    [Trait("spec", "281")]
    public async Task A_template_as_full_as_a_block_can_be_is_declared_and_provided(int count, int witness, long bytesMin)
    {
        // The embedded chain spends no such witnesses, so the server's own checks are the judge here.
        await using DeclaratorHarness server = await DeclaratorHarness.StartAsync(options => options with { Validation = DeclarationValidation.Local }, initial: 0);
        await using RawDeclarator client = await server.ConnectAsync();
        Transaction[] transactions = Large(count, witness, seed: 5);
        Assert.InRange(transactions.Sum(transaction => (long)transaction.Size), bytesMin, 4_000_000);
        RawJob job = await client.PrepareAsync(server.View, transactions, 0);

        await client.DeclareAsync(job);

        Assert.Equal(count, Assert.Single(server.Declarations).MissingTransactions);
    }

    // 5 000 transactions of 4 MB together weigh more than any block may, because each has 60 bytes at least that are no witness:
    // such a template must be taken in whole, be refused for what is wrong with it, and leave nothing behind.
    [Fact]
    [Trait("spec", "27")]
    [Trait("spec", "281")]
    public async Task A_template_of_4_MB_with_5_000_transactions_is_taken_in_whole_and_refused_for_its_weight()
    {
        await using DeclaratorHarness server = await DeclaratorHarness.StartAsync(options => options with { Validation = DeclarationValidation.Local }, initial: 0);
        await using RawDeclarator client = await server.ConnectAsync();
        await using RawDeclarator other = await server.ConnectAsync();
        Transaction[] transactions = Large(5_000, 735, seed: 5);
        Assert.InRange(transactions.Sum(transaction => (long)transaction.Size), 3_995_000, 4_100_000);
        RawJob job = await client.PrepareAsync(server.View, transactions, 0);
        client.Send(job.Message);
        ProvideMissingTransactions asked = await client.ExpectAsync<ProvideMissingTransactions>();
        Assert.Equal(5_000, asked.UnknownTxPositionList.Count);
        client.Provide(job, asked);
        await other.DeclareAsync(await other.PrepareAsync(server.View, [], 0), providesMissing: false);

        DeclareMiningJobError error = await client.ExpectErrorAsync();

        Assert.Equal(DeclarationErrorCodes.InvalidJob, error.ErrorCode.ToString());
        Assert.Contains("bad-blk-weight", Encoding.UTF8.GetString(error.ErrorDetails.Span), StringComparison.Ordinal);
        Assert.Equal(0, server.Figure("providedBytes"));
        await client.DeclareAsync(await client.PrepareAsync(server.View, [], 0), providesMissing: false);
    }

    [Fact]
    public async Task A_template_heavier_than_a_block_is_refused()
    {
        await using DeclaratorHarness server = await DeclaratorHarness.StartAsync(options => options with { Validation = DeclarationValidation.Local }, initial: 0);
        await using RawDeclarator client = await server.ConnectAsync();
        RawJob job = await client.PrepareAsync(server.View, Large(400, 10_000, seed: 5), 0);
        client.Send(job.Message);
        client.Provide(job, await client.ExpectAsync<ProvideMissingTransactions>());

        DeclareMiningJobError error = await client.ExpectErrorAsync();

        Assert.Equal(DeclarationErrorCodes.InvalidJob, error.ErrorCode.ToString());
        Assert.Contains("bad-blk-weight", Encoding.UTF8.GetString(error.ErrorDetails.Span), StringComparison.Ordinal);
    }

    /// <summary>Transactions of nobody, with a witness of any size.</summary>
    internal static Transaction[] Large(int count, int witness, int seed)
    {
        Random random = new(seed);
        Transaction[] made = new Transaction[count];
        for (int i = 0; i < count; i++)
        {
            byte[] id = new byte[32];
            random.NextBytes(id);
            TxInput input = new(new OutPoint(U256.FromWire(id), 0), default, uint.MaxValue, [ByteString.Wrap(new byte[witness])]);
            made[i] = new Transaction(2, [input], [new TxOutput(1_000, Script.OpReturn([]))], 0);
        }
        return made;
    }

    private static ByteString[] Answer(string answer, ByteString[] made, Transaction first) => answer switch
    {
        "two of three" => made[..2],
        "four of three" => made,
        "none" => [],
        "another order" => [made[1], made[0], made[2]],
        "one twice" => [made[0], made[0], made[2]],
        "without witness" => [ByteString.Wrap(Unwitnessed(first)), made[1], made[2]],
        "garbage" => [made[0], (byte[])[1, 2, 3], made[2]],
        "a byte too many" => [made[0], made[1], (byte[])[.. made[2].Span, 0]],
        _ => throw new ArgumentOutOfRangeException(nameof(answer)),
    };

    // The first coin of the premine is a bare one, which has no witness to leave out; another output does as well.
    private static byte[] Unwitnessed(Transaction transaction) =>
        transaction.HasWitness ? transaction.ToBytes(includeWitness: false) : new Transaction(1, transaction.Inputs, transaction.Outputs, 0).ToBytes();
}
