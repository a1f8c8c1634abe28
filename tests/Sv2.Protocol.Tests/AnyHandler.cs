using Sv2.Protocol.Common;
using Sv2.Protocol.Extensions.ExtensionsNegotiation;
using Sv2.Protocol.JobDeclaration;
using Sv2.Protocol.Mining;
using Sv2.Protocol.TemplateDistribution;
using Sv2.TestKit;

namespace Sv2.Protocol.Tests;

/// <summary>Takes every message there is and reads all its fields.</summary>
internal readonly struct AnyHandler :
    ICommonServerHandler, ICommonClientHandler, IMiningServerHandler, IMiningClientHandler, IJobDeclarationServerHandler, IJobDeclarationClientHandler,
    ITemplateDistributionServerHandler, ITemplateDistributionClientHandler, IExtensionsNegotiationServerHandler, IExtensionsNegotiationClientHandler
{
    public void OnSetupConnection(in SetupConnectionView message) => ViewReader<SetupConnectionView>.ReadAll(in message);

    public void OnSetupConnectionSuccess(in SetupConnectionSuccessView message) => ViewReader<SetupConnectionSuccessView>.ReadAll(in message);

    public void OnSetupConnectionError(in SetupConnectionErrorView message) => ViewReader<SetupConnectionErrorView>.ReadAll(in message);

    public void OnChannelEndpointChanged(in ChannelEndpointChangedView message) => ViewReader<ChannelEndpointChangedView>.ReadAll(in message);

    public void OnReconnect(in ReconnectView message) => ViewReader<ReconnectView>.ReadAll(in message);

    public void OnOpenStandardMiningChannel(in OpenStandardMiningChannelView message) => ViewReader<OpenStandardMiningChannelView>.ReadAll(in message);

    public void OnOpenStandardMiningChannelSuccess(in OpenStandardMiningChannelSuccessView message) => ViewReader<OpenStandardMiningChannelSuccessView>.ReadAll(in message);

    public void OnOpenMiningChannelError(in OpenMiningChannelErrorView message) => ViewReader<OpenMiningChannelErrorView>.ReadAll(in message);

    public void OnOpenExtendedMiningChannel(in OpenExtendedMiningChannelView message) => ViewReader<OpenExtendedMiningChannelView>.ReadAll(in message);

    public void OnOpenExtendedMiningChannelSuccess(in OpenExtendedMiningChannelSuccessView message) => ViewReader<OpenExtendedMiningChannelSuccessView>.ReadAll(in message);

    public void OnNewMiningJob(in NewMiningJobView message) => ViewReader<NewMiningJobView>.ReadAll(in message);

    public void OnUpdateChannel(in UpdateChannelView message) => ViewReader<UpdateChannelView>.ReadAll(in message);

    public void OnUpdateChannelError(in UpdateChannelErrorView message) => ViewReader<UpdateChannelErrorView>.ReadAll(in message);

    public void OnCloseChannel(in CloseChannelView message) => ViewReader<CloseChannelView>.ReadAll(in message);

    public void OnSetExtranoncePrefix(in SetExtranoncePrefixView message) => ViewReader<SetExtranoncePrefixView>.ReadAll(in message);

    public void OnSubmitSharesStandard(in SubmitSharesStandardView message) => ViewReader<SubmitSharesStandardView>.ReadAll(in message);

    public void OnSubmitSharesExtended(in SubmitSharesExtendedView message) => ViewReader<SubmitSharesExtendedView>.ReadAll(in message);

    public void OnSubmitSharesSuccess(in SubmitSharesSuccessView message) => ViewReader<SubmitSharesSuccessView>.ReadAll(in message);

    public void OnSubmitSharesError(in SubmitSharesErrorView message) => ViewReader<SubmitSharesErrorView>.ReadAll(in message);

    public void OnNewExtendedMiningJob(in NewExtendedMiningJobView message) => ViewReader<NewExtendedMiningJobView>.ReadAll(in message);

    public void OnSetNewPrevHash(in Mining.SetNewPrevHashView message) => ViewReader<Mining.SetNewPrevHashView>.ReadAll(in message);

    public void OnSetTarget(in SetTargetView message) => ViewReader<SetTargetView>.ReadAll(in message);

    public void OnSetCustomMiningJob(in SetCustomMiningJobView message) => ViewReader<SetCustomMiningJobView>.ReadAll(in message);

    public void OnSetCustomMiningJobSuccess(in SetCustomMiningJobSuccessView message) => ViewReader<SetCustomMiningJobSuccessView>.ReadAll(in message);

    public void OnSetCustomMiningJobError(in SetCustomMiningJobErrorView message) => ViewReader<SetCustomMiningJobErrorView>.ReadAll(in message);

    public void OnSetGroupChannel(in SetGroupChannelView message) => ViewReader<SetGroupChannelView>.ReadAll(in message);

    public void OnAllocateMiningJobToken(in AllocateMiningJobTokenView message) => ViewReader<AllocateMiningJobTokenView>.ReadAll(in message);

    public void OnAllocateMiningJobTokenSuccess(in AllocateMiningJobTokenSuccessView message) => ViewReader<AllocateMiningJobTokenSuccessView>.ReadAll(in message);

    public void OnProvideMissingTransactions(in ProvideMissingTransactionsView message) => ViewReader<ProvideMissingTransactionsView>.ReadAll(in message);

    public void OnProvideMissingTransactionsSuccess(in ProvideMissingTransactionsSuccessView message) => ViewReader<ProvideMissingTransactionsSuccessView>.ReadAll(in message);

    public void OnDeclareMiningJob(in DeclareMiningJobView message) => ViewReader<DeclareMiningJobView>.ReadAll(in message);

    public void OnDeclareMiningJobSuccess(in DeclareMiningJobSuccessView message) => ViewReader<DeclareMiningJobSuccessView>.ReadAll(in message);

    public void OnDeclareMiningJobError(in DeclareMiningJobErrorView message) => ViewReader<DeclareMiningJobErrorView>.ReadAll(in message);

    public void OnPushSolution(in PushSolutionView message) => ViewReader<PushSolutionView>.ReadAll(in message);

    public void OnCoinbaseOutputConstraints(in CoinbaseOutputConstraintsView message) => ViewReader<CoinbaseOutputConstraintsView>.ReadAll(in message);

    public void OnNewTemplate(in NewTemplateView message) => ViewReader<NewTemplateView>.ReadAll(in message);

    public void OnSetNewPrevHash(in TemplateDistribution.SetNewPrevHashView message) => ViewReader<TemplateDistribution.SetNewPrevHashView>.ReadAll(in message);

    public void OnRequestTransactionData(in RequestTransactionDataView message) => ViewReader<RequestTransactionDataView>.ReadAll(in message);

    public void OnRequestTransactionDataSuccess(in RequestTransactionDataSuccessView message) => ViewReader<RequestTransactionDataSuccessView>.ReadAll(in message);

    public void OnRequestTransactionDataError(in RequestTransactionDataErrorView message) => ViewReader<RequestTransactionDataErrorView>.ReadAll(in message);

    public void OnSubmitSolution(in SubmitSolutionView message) => ViewReader<SubmitSolutionView>.ReadAll(in message);

    public void OnRequestExtensions(in RequestExtensionsView message) => ViewReader<RequestExtensionsView>.ReadAll(in message);

    public void OnRequestExtensionsSuccess(in RequestExtensionsSuccessView message) => ViewReader<RequestExtensionsSuccessView>.ReadAll(in message);

    public void OnRequestExtensionsError(in RequestExtensionsErrorView message) => ViewReader<RequestExtensionsErrorView>.ReadAll(in message);
}
