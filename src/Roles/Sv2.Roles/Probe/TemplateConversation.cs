using System.Globalization;
using Sv2.Protocol;
using Sv2.Protocol.TemplateDistribution;
using Sv2.Transport.Probe;
using Sv2.Transport.Setup;

namespace Sv2.Roles.Probe;

/// <summary>Asks a template provider for a template, and waits for it and for the previous hash that makes it current.</summary>
internal sealed class TemplateConversation(Sv2Session session, ServiceProbeOptions options, ProbeSteps steps)
    : ServiceConversation(session, options, steps), ITemplateDistributionClientHandler
{
    // One P2WSH or P2TR output, which is what a pool adds at the least.
    private const uint OutputBytes = 43;
    private const decimal SatoshisPerCoin = 100_000_000m;

    private readonly TaskCompletionSource<NewTemplate> _template = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<SetNewPrevHash> _prevHash = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override async Task RunAsync(CancellationToken cancellation)
    {
        Session.Connection.TrySend(new CoinbaseOutputConstraints { CoinbaseOutputMaxAdditionalSize = OutputBytes, CoinbaseOutputMaxAdditionalSigops = 0 });
        if (!await CameAsync(_template.Task, cancellation).ConfigureAwait(false))
        {
            AddMissing("template", "template", "The provider has none to give: its node is down, or still synchronising.");
            return;
        }

        NewTemplate template = await _template.Task.ConfigureAwait(false);
        Steps.Add("template", ProbeOutcome.Passed, string.Create(CultureInfo.InvariantCulture,
            $"template {template.TemplateId}, {template.CoinbaseTxValueRemaining / SatoshisPerCoin} coins to distribute, merkle path of {template.MerklePath.Count}"));
        if (!await CameAsync(_prevHash.Task, cancellation).ConfigureAwait(false))
        {
            AddMissing("previous hash", "SetNewPrevHash", "Without it no template can be mined on; tell the provider's operator.");
            return;
        }

        SetNewPrevHash prevHash = await _prevHash.Task.ConfigureAwait(false);
        Steps.Add("previous hash", ProbeOutcome.Passed, $"block {prevHash.PrevHash.ToDisplayString()}, to be mined on with template {prevHash.TemplateId}");
    }

    public void OnNewTemplate(in NewTemplateView message) => _template.TrySetResult(message.ToOwned());

    public void OnSetNewPrevHash(in SetNewPrevHashView message) => _prevHash.TrySetResult(message.ToOwned());

    public void OnRequestTransactionDataSuccess(in RequestTransactionDataSuccessView message)
    {
    }

    public void OnRequestTransactionDataError(in RequestTransactionDataErrorView message)
    {
    }

    protected override DispatchResult Dispatch(in FrameHeader header, ReadOnlySpan<byte> payload) =>
        TemplateDistributionDispatcher.DispatchToClient(header, payload, this);
}
