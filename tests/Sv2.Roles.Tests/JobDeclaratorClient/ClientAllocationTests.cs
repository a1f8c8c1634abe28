using System.Buffers.Binary;
using Sv2.Protocol;
using Sv2.Protocol.Mining;
using Sv2.Roles.Downstreams;
using Sv2.Roles.Tests.Pool;
using Sv2.Roles.Workers;
using Sv2.TestKit;
using Sv2.Transport;
using Sv2.Transport.Setup;

namespace Sv2.Roles.Tests.JobDeclaratorClient;

public sealed class ClientAllocationTests
{
    private const int Warm = 3_000;
    private const int Round = 100;

    [Fact]
    public async Task A_share_of_an_acknowledged_job_allocates_nothing_from_its_frame_to_the_pools_connection()
    {
        await using ScriptedUpstream upstream = await ScriptedUpstream.StartAsync(0x11, WorkerTlv.Extension);
        // One hash is one share, so that no nonce has to be searched for.
        await using ClientHarness harness = await ClientHarness.StartWithWorkAsync(ClientHarness.Options(upstream) with { ShareDifficulty = 1e-12, ReportWorkers = true });
        await harness.UntilAsync(() => harness.DeclarationsAsync().Result.FirstOrDefault()?.State == DeclarationState.Mining, "an acknowledged job");
        (InMemoryDuplex near, InMemoryDuplex far) = InMemoryDuplex.CreatePair();
        await using Sv2Connection server = Sv2Connection.StartPlain(near);
        await using Sv2Connection client = Sv2Connection.StartPlain(far);
        var inbox = new FrameInbox();
        Task receiving = client.RunAsync(inbox, CancellationToken.None);
        DownstreamConnection miner = harness.Role.Serve(server, new SetupResult());

        Feed(miner, Frame.ToArray(new OpenStandardMiningChannel { RequestId = 1, UserIdentity = "a.b", NominalHashRate = 1, MaxTarget = U256.MaxValue }));
        OpenStandardMiningChannelSuccess channel = await inbox.ExpectAsync<OpenStandardMiningChannelSuccess>();
        NewMiningJob job = await inbox.ExpectAsync<NewMiningJob>();
        SetNewPrevHash tip = await inbox.ExpectAsync<SetNewPrevHash>();
        byte[] share = Frame.ToArray(new SubmitSharesStandard
        {
            ChannelId = channel.ChannelId,
            SequenceNumber = 1,
            JobId = job.JobId,
            Nonce = 0,
            NTime = tip.MinNTime,
            Version = job.Version,
        });

        uint nonce = 0;
        // A set of seen shares or a list of answers may still grow by doubling in some rounds; in the steady state none does.
        Allocations.AssertNone(() => Feed(miner, WithNonce(share, nonce++)), Warm, Round);

        await harness.UntilAsync(() => harness.Role.Report().Upstreams.Sum(link => link.SharesAccepted) == nonce, "the pool's word on all of them");
        Assert.Equal(0, inbox.Count<SubmitSharesError>());
        Assert.Empty(upstream.Faults);
        server.Close(CloseReason.LocalShutdown);
        await receiving;
    }

    private static byte[] WithNonce(byte[] frame, uint nonce)
    {
        const int NonceOffset = FrameHeader.Size + 12;
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(NonceOffset), nonce);
        return frame;
    }

    private static void Feed(DownstreamConnection miner, byte[] frame)
    {
        Assert.True(FrameHeader.TryRead(frame, out FrameHeader header));
        if (miner.OnFrame(header, frame.AsSpan(FrameHeader.Size)).Reason is { } reason)
            Assert.Fail(reason.ToString());
    }
}
