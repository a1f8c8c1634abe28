using Sv2.Bitcoin;
using Sv2.Mining;
using Sv2.Mining.Client;
using Sv2.Protocol;
using Sv2.Protocol.JobDeclaration;
using Sv2.Protocol.Mining;
using Sv2.Roles.JobDeclaration;
using Sv2.Roles.JobDeclaratorClient;
using Sv2.Roles.TemplateDistribution;
using Sv2.TestKit;

namespace Sv2.Roles.Tests.JobDeclaratorClient;

/// <summary>A declarator with a channel and a tip, whose peers are the test.</summary>
internal sealed class DeclaratorBench
{
    private long _lastId;
    private byte _lastToken;

    public DeclaratorBench(DeclarationMode mode = DeclarationMode.FullTemplate, DeclarationOptions? options = null, IReadOnlyList<OwnOutput>? own = null, int rejectedMax = 5)
    {
        Options = options ?? new DeclarationOptions();
        Declarator = new JobDeclarator(new UpstreamSettings(0, mode, "alice", Samples.LocalSize, own ?? [], Options, new FallbackOptions { RejectedSharesMax = rejectedMax }), Output, Clock);
        Declarator.Start();
        Declarator.OnChannel(7, Samples.Prefix, 16);
        Declarator.OnTip(Samples.Tip());
        // Long enough after the block that a refusal is meant.
        Clock.Advance(Options.TipGrace + TimeSpan.FromSeconds(1));
    }

    public ManualTimeProvider Clock { get; } = new();

    public RecordedOutput Output { get; } = new();

    public DeclarationOptions Options { get; }

    public JobDeclarator Declarator { get; }

    /// <summary>Answers every open request for a token.</summary>
    public void GiveTokens(ByteString? outputs = null)
    {
        foreach (AllocateMiningJobToken request in Output.Sent<AllocateMiningJobToken>().Skip(_answered).ToArray())
        {
            _answered++;
            Give(Samples.Token(request.RequestId, ++_lastToken, outputs));
        }
    }

    public void Give(AllocateMiningJobTokenSuccess message) =>
        Tell(message, JobDeclarationDispatcherCall);

    /// <summary>Makes a job on the declarator's plan and hands it over.</summary>
    public MinedJob Declare(ProvidedTemplate? template = null, ChainTip? tip = null)
    {
        template ??= Samples.Template();
        CoinbasePlan plan = Declarator.Plan!;
        Assert.True(plan.TryBuild(template.Message, out CustomJob? custom, out string? error), error);
        ChainTip on = tip ?? Samples.Tip();
        MinedJob job = new(++_lastId, template, plan, custom, Clock.GetUtcNow()) { Tip = on, MinNTime = on.MinNTime };
        Declarator.Declare(job);
        return job;
    }

    /// <summary>Brings a full-template job up to the declaration.</summary>
    public MinedJob DeclareWith(params byte[][] transactions)
    {
        GiveTokens();
        MinedJob job = Declare(Samples.Template(transactions: transactions));
        Declarator.OnTransactions(job, Samples.Declared(transactions));
        Assert.Equal(JobStep.Declaring, job.Step);
        return job;
    }

    public void Accept(MinedJob job, params byte[] newToken) =>
        Tell(new DeclareMiningJobSuccess { RequestId = job.DeclareRequestId, NewMiningJobToken = newToken }, JobDeclarationDispatcherCall);

    public void Refuse(MinedJob job, string code, byte[]? details = null) =>
        Tell(new DeclareMiningJobError { RequestId = job.DeclareRequestId, ErrorCode = code, ErrorDetails = details ?? [] }, JobDeclarationDispatcherCall);

    public void Ask(MinedJob job, params ushort[] positions) =>
        Tell(new ProvideMissingTransactions { RequestId = job.DeclareRequestId, UnknownTxPositionList = positions }, JobDeclarationDispatcherCall);

    /// <summary>The pool acknowledges the job.</summary>
    public void Acknowledge(MinedJob job) => Declarator.OnCustomJobAccepted(job.SetRequestId, Work(job));

    /// <summary>Work as the client's session makes it of an acknowledged job.</summary>
    public MiningWork Work(MinedJob job)
    {
        MiningWork? work = null;
        Listener listener = new() { OnWork = made => work = made };
        MiningClientSession session = new(listener, listener, Clock);
        uint open = session.OpenExtendedChannel("alice", 0, U256.MaxValue, Samples.LocalSize);
        Say(session, new OpenExtendedMiningChannelSuccess
        {
            RequestId = open,
            ChannelId = 7,
            Target = U256.MaxValue,
            ExtranonceSize = 16,
            ExtranoncePrefix = Samples.Prefix,
            GroupChannelId = 70,
        });
        uint request = session.SetCustomMiningJob(Output.ToPool[^1]);
        Say(session, new SetCustomMiningJobSuccess { ChannelId = 7, RequestId = request, JobId = 55 });
        Assert.NotNull(work);
        return work;
    }

    private static void Say<T>(MiningClientSession session, in T message) where T : IMessage<T>
    {
        byte[] frame = Frame.ToArray(message);
        Assert.True(FrameHeader.TryRead(frame, out FrameHeader header));
        MiningDispatcher.DispatchToClient(header, frame.AsSpan(FrameHeader.Size), session);
    }

    private int _answered;

    private void Tell<T>(T message, Func<byte[], DispatchResult> dispatch) where T : IMessage<T> =>
        Assert.Equal(DispatchOutcome.Handled, dispatch(Frame.ToArray(message)).Outcome);

    private DispatchResult JobDeclarationDispatcherCall(byte[] frame)
    {
        Assert.True(FrameHeader.TryRead(frame, out FrameHeader header));
        return JobDeclarationDispatcher.DispatchToClient(header, frame.AsSpan(FrameHeader.Size), Declarator);
    }

    private sealed class Listener : IMiningOutput, IMiningClientEvents
    {
        public required Action<MiningWork> OnWork { get; init; }

        public bool Send(ReadOnlySpan<byte> frame) => true;

        void IMiningClientEvents.OnWork(ClientChannel channel, MiningWork work)
        {
        }

        void IMiningClientEvents.OnCustomJobAccepted(uint requestId, IReadOnlyList<MiningWork> work) => OnWork(work.Single());
    }
}
