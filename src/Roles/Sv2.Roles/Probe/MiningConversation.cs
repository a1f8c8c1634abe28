using System.Globalization;
using Sv2.Bitcoin;
using Sv2.Mining;
using Sv2.Mining.Client;
using Sv2.Protocol;
using Sv2.Protocol.Mining;
using Sv2.Transport;
using Sv2.Transport.Probe;
using Sv2.Transport.Setup;

namespace Sv2.Roles.Probe;

/// <summary>Opens a channel as a miner does, and waits for its first job.</summary>
internal sealed class MiningConversation : ServiceConversation, IMiningOutput, IMiningClientEvents
{
    private const string ChannelStep = "channel";
    private const string JobStep = "first job";
    private const ushort ExtranonceSizeMin = 4;

    // A header's time may lie two hours ahead of real time, and no block is found for longer only rarely.
    private static readonly TimeSpan AheadMax = TimeSpan.FromHours(2);
    private static readonly TimeSpan BehindMax = TimeSpan.FromHours(4);

    private readonly Lock _gate = new();
    private readonly MiningClientSession _mining;
    private readonly TaskCompletionSource<Opening> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<MiningWork> _work = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _hasFutureJob;
    private string? _violation;

    public MiningConversation(Sv2Session session, ServiceProbeOptions options, ProbeSteps steps) : base(session, options, steps) =>
        _mining = new MiningClientSession(this, this, steps.Clock, ServerFlags);

    private MiningSetupSuccessFlags ServerFlags => (MiningSetupSuccessFlags)Session.Setup.ServerFlags;

    private string Kind => Options.StandardChannel ? "standard" : "extended";

    public override async Task RunAsync(CancellationToken cancellation)
    {
        if (await OpenAsync(cancellation).ConfigureAwait(false))
            await AwaitJobAsync(cancellation).ConfigureAwait(false);
    }

    public override void TakeLeave()
    {
        lock (_gate)
        {
            foreach (ClientChannel channel in _mining.Channels.ToArray())
                _mining.CloseChannel(channel);
        }
    }

    public bool Send(ReadOnlySpan<byte> frame) => Session.Connection.TrySendFrame(frame);

    public void OnChannelOpened(ClientChannel channel, uint requestId) => _opened.TrySetResult(new Opening(channel, null));

    public void OnOpenRefused(uint requestId, string errorCode) => _opened.TrySetResult(new Opening(null, LogText.Sanitise(errorCode)));

    public void OnFutureJob(ClientChannel channel, ClientJob job) => _hasFutureJob = true;

    public void OnWork(ClientChannel channel, MiningWork work) => _work.TrySetResult(work);

    public void OnChannelClosed(ClientChannel channel, string reasonCode) =>
        Session.Connection.Close(new CloseReason(CloseKind.PeerClosed, $"the server closed the channel: \"{LogText.Sanitise(reasonCode)}\""));

    public void OnViolation(ProtocolViolation violation) => _violation ??= $"{violation.Message}: {violation.Text}";

    protected override DispatchResult Dispatch(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        lock (_gate)
            return MiningDispatcher.DispatchToClient(header, payload, _mining);
    }

    private async Task<bool> OpenAsync(CancellationToken cancellation)
    {
        if (Options.StandardChannel && ServerFlags.HasFlag(MiningSetupSuccessFlags.RequiresExtendedChannels))
        {
            Steps.Add(ChannelStep, ProbeOutcome.Failed, "the server opens extended channels only", "Ask for an extended channel; a device that knows standard ones only needs a proxy in between.");
            return false;
        }

        lock (_gate)
        {
            if (Options.StandardChannel)
                _mining.OpenStandardChannel(Options.UserIdentity, nominalHashRate: 0, U256.MaxValue);
            else
                _mining.OpenExtendedChannel(Options.UserIdentity, nominalHashRate: 0, U256.MaxValue, ExtranonceSizeMin);
        }

        if (!await CameAsync(_opened.Task, cancellation).ConfigureAwait(false))
        {
            AddMissing(ChannelStep, "answer to the request for a channel", "The server takes connections but opens no channels: it may be overloaded, or its own pool be down.");
            return false;
        }

        Opening opening = await _opened.Task.ConfigureAwait(false);
        if (opening.Channel is { } channel)
            AddSound(ChannelStep, Describe(channel));
        else
            Steps.Add(ChannelStep, ProbeOutcome.Failed, $"the server refused a {Kind} channel for '{Options.UserIdentity}': \"{opening.ErrorCode}\"",
                "Give the user identity that this pool wants: an account and worker, or on a solo pool an address. Or ask for the other kind of channel.");
        return opening.Channel is not null;
    }

    private async Task AwaitJobAsync(CancellationToken cancellation)
    {
        if (!await CameAsync(_work.Task, cancellation).ConfigureAwait(false))
        {
            AddMissing(JobStep, _hasFutureJob ? "previous hash for the job that was sent" : "job", _hasFutureJob
                ? "The server sent a job for later but never said which block it builds on; tell its operator."
                : "The server has no work: most likely its template provider or its own pool is down, or its node is still synchronising.");
            return;
        }

        MiningWork work = await _work.Task.ConfigureAwait(false);
        string finding = $"job {work.JobId} on previous block {work.PrevHash.ToDisplayString()}, version 0x{work.Version:x8}, {(work.VersionMask == 0 ? "no version rolling" : $"version mask 0x{work.VersionMask:x8}")}";
        TimeSpan ahead = DateTimeOffset.FromUnixTimeSeconds(work.MinNTime) - Steps.Clock.GetUtcNow();
        if (ahead > AheadMax)
            Steps.Add(JobStep, ProbeOutcome.Warning, $"{finding}; its time is {ahead.TotalHours:0.0} hours ahead of this machine's clock", "Blocks with such a time are refused by the network. Compare both clocks with NTP.");
        else if (-ahead > BehindMax)
            Steps.Add(JobStep, ProbeOutcome.Warning, $"{finding}; its time is {-ahead.TotalHours:0.0} hours behind this machine's clock", "The server's node may not be in step with the network, or this clock is fast.");
        else
            AddSound(JobStep, finding);
    }

    private string Describe(ClientChannel channel) => string.Create(CultureInfo.InvariantCulture,
        $"{Kind} channel {channel.Id} in group {channel.GroupChannelId}, difficulty {Target.Difficulty(channel.Target):0.######}, extranonce prefix {channel.ExtranoncePrefix} and {channel.ExtranonceSize} bytes to roll");

    private void AddSound(string step, string finding)
    {
        string? violation;
        lock (_gate)
            violation = _violation;
        if (violation is null)
            Steps.Add(step, ProbeOutcome.Passed, finding);
        else
            Steps.Add(step, ProbeOutcome.Warning, $"{finding}; but the server broke the protocol: {violation}", "It may work all the same; tell the server's operator.");
    }

    private sealed record Opening(ClientChannel? Channel, string? ErrorCode);
}
