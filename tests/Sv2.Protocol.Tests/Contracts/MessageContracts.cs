using Sv2.Protocol.Common;
using Sv2.Protocol.Extensions.ExtensionsNegotiation;
using Sv2.Protocol.JobDeclaration;
using Sv2.Protocol.Mining;
using Sv2.Protocol.TemplateDistribution;
using Sv2.TestKit;

// One line a message: the tests are those of MessageContract. MessageContractsTests checks that none is missing.

namespace Sv2.Protocol.Tests.Contracts;

public class SetupConnectionContract : MessageContract<SetupConnection, SetupConnectionView>;

public class SetupConnectionSuccessContract : MessageContract<SetupConnectionSuccess, SetupConnectionSuccessView>;

public class SetupConnectionErrorContract : MessageContract<SetupConnectionError, SetupConnectionErrorView>;

public class ChannelEndpointChangedContract : MessageContract<ChannelEndpointChanged, ChannelEndpointChangedView>;

public class ReconnectContract : MessageContract<Reconnect, ReconnectView>;

public class OpenStandardMiningChannelContract : MessageContract<OpenStandardMiningChannel, OpenStandardMiningChannelView>;

public class OpenStandardMiningChannelSuccessContract : MessageContract<OpenStandardMiningChannelSuccess, OpenStandardMiningChannelSuccessView>;

public class OpenMiningChannelErrorContract : MessageContract<OpenMiningChannelError, OpenMiningChannelErrorView>;

public class OpenExtendedMiningChannelContract : MessageContract<OpenExtendedMiningChannel, OpenExtendedMiningChannelView>;

public class OpenExtendedMiningChannelSuccessContract : MessageContract<OpenExtendedMiningChannelSuccess, OpenExtendedMiningChannelSuccessView>;

public class NewMiningJobContract : MessageContract<NewMiningJob, NewMiningJobView>;

public class UpdateChannelContract : MessageContract<UpdateChannel, UpdateChannelView>;

public class UpdateChannelErrorContract : MessageContract<UpdateChannelError, UpdateChannelErrorView>;

public class CloseChannelContract : MessageContract<CloseChannel, CloseChannelView>;

public class SetExtranoncePrefixContract : MessageContract<SetExtranoncePrefix, SetExtranoncePrefixView>;

public class SubmitSharesStandardContract : MessageContract<SubmitSharesStandard, SubmitSharesStandardView>;

public class SubmitSharesExtendedContract : MessageContract<SubmitSharesExtended, SubmitSharesExtendedView>;

public class SubmitSharesSuccessContract : MessageContract<SubmitSharesSuccess, SubmitSharesSuccessView>;

public class SubmitSharesErrorContract : MessageContract<SubmitSharesError, SubmitSharesErrorView>;

public class NewExtendedMiningJobContract : MessageContract<NewExtendedMiningJob, NewExtendedMiningJobView>;

public class MiningSetNewPrevHashContract : MessageContract<Mining.SetNewPrevHash, Mining.SetNewPrevHashView>;

public class SetTargetContract : MessageContract<SetTarget, SetTargetView>;

public class SetCustomMiningJobContract : MessageContract<SetCustomMiningJob, SetCustomMiningJobView>;

public class SetCustomMiningJobSuccessContract : MessageContract<SetCustomMiningJobSuccess, SetCustomMiningJobSuccessView>;

public class SetCustomMiningJobErrorContract : MessageContract<SetCustomMiningJobError, SetCustomMiningJobErrorView>;

public class SetGroupChannelContract : MessageContract<SetGroupChannel, SetGroupChannelView>;

public class AllocateMiningJobTokenContract : MessageContract<AllocateMiningJobToken, AllocateMiningJobTokenView>;

public class AllocateMiningJobTokenSuccessContract : MessageContract<AllocateMiningJobTokenSuccess, AllocateMiningJobTokenSuccessView>;

public class ProvideMissingTransactionsContract : MessageContract<ProvideMissingTransactions, ProvideMissingTransactionsView>;

public class ProvideMissingTransactionsSuccessContract : MessageContract<ProvideMissingTransactionsSuccess, ProvideMissingTransactionsSuccessView>;

public class DeclareMiningJobContract : MessageContract<DeclareMiningJob, DeclareMiningJobView>;

public class DeclareMiningJobSuccessContract : MessageContract<DeclareMiningJobSuccess, DeclareMiningJobSuccessView>;

public class DeclareMiningJobErrorContract : MessageContract<DeclareMiningJobError, DeclareMiningJobErrorView>;

public class PushSolutionContract : MessageContract<PushSolution, PushSolutionView>;

public class CoinbaseOutputConstraintsContract : MessageContract<CoinbaseOutputConstraints, CoinbaseOutputConstraintsView>;

public class NewTemplateContract : MessageContract<NewTemplate, NewTemplateView>;

public class TemplateDistributionSetNewPrevHashContract : MessageContract<TemplateDistribution.SetNewPrevHash, TemplateDistribution.SetNewPrevHashView>;

public class RequestTransactionDataContract : MessageContract<RequestTransactionData, RequestTransactionDataView>;

public class RequestTransactionDataSuccessContract : MessageContract<RequestTransactionDataSuccess, RequestTransactionDataSuccessView>;

public class RequestTransactionDataErrorContract : MessageContract<RequestTransactionDataError, RequestTransactionDataErrorView>;

public class SubmitSolutionContract : MessageContract<SubmitSolution, SubmitSolutionView>;

public class RequestExtensionsContract : MessageContract<RequestExtensions, RequestExtensionsView>;

public class RequestExtensionsSuccessContract : MessageContract<RequestExtensionsSuccess, RequestExtensionsSuccessView>;

public class RequestExtensionsErrorContract : MessageContract<RequestExtensionsError, RequestExtensionsErrorView>;
