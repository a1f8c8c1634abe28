using Microsoft.Extensions.Logging;
using Sv2.Protocol;
using Sv2.Protocol.TemplateDistribution;
using Sv2.Transport;

namespace Sv2.Roles.TemplateProvider;

/// <summary>One client of the template provider, after its setup: takes its messages and sends it templates.</summary>
internal sealed partial class DistributionSession : IFrameHandler, ITemplateDistributionServerHandler, ITemplateSubscriber
{
    /// <summary>Most solutions of one client that may be with the node at a time.</summary>
    public const int SolutionsAtOnceMax = 16;

    /// <summary>Most CoinbaseOutputConstraints of one client in <see cref="ConstraintsSpan"/>: each costs a template.</summary>
    public const int ConstraintsMax = 60;

    private static readonly TimeSpan ConstraintsSpan = TimeSpan.FromMinutes(1);

    private readonly Sv2Connection _connection;
    private readonly TemplateDistributor _distributor;
    private readonly SolutionDesk _solutions;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly string _name;
    private CloseReason? _violation;
    private long _constraintsSpanStarted;
    private int _constraints;
    private int _solutionsAtOnce;

    public DistributionSession(
        Sv2Connection connection, string vendor, TemplateDistributor distributor, SolutionDesk solutions, TimeProvider timeProvider, ILogger logger)
    {
        _connection = connection;
        _distributor = distributor;
        _solutions = solutions;
        _timeProvider = timeProvider;
        _logger = logger;
        _name = $"client {connection.Id} ({vendor}, {connection.RemoteEndPoint})";
    }

    public FrameVerdict OnFrame(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        DispatchResult result = TemplateDistributionDispatcher.DispatchToServer(header, payload, this);
        if (result.Outcome == DispatchOutcome.Malformed)
            return FrameVerdict.Close(CloseReason.Malformed(result.Message!.Name, result.Error.ToString()));
        if (result.Outcome == DispatchOutcome.Unknown)
            LogUnknown(_logger, _name, header.ExtensionType, header.MessageType);
        return _violation is { } violation ? FrameVerdict.Close(violation) : FrameVerdict.Continue;
    }

    public void OnBatchEnd()
    {
    }

    public void OnCoinbaseOutputConstraints(in CoinbaseOutputConstraintsView message)
    {
        if (!MayChangeConstraints())
        {
            _violation = CloseReason.Violation($"more than {ConstraintsMax} CoinbaseOutputConstraints in {ConstraintsSpan.TotalSeconds} s");
            return;
        }
        TemplateConstraints constraints = TemplateConstraints.Of(message);
        LogConstraints(_logger, _name, constraints.AdditionalSize, constraints.AdditionalSigops);
        if (_distributor.SetConstraints(this, constraints) is { } fault)
            _violation = CloseReason.Violation(fault);
    }

    public void OnRequestTransactionData(in RequestTransactionDataView message)
    {
        TemplateLookup found = _distributor.Find(message.TemplateId, out BlockTemplate? template);
        if (found == TemplateLookup.Alive)
            _connection.TrySend(new RequestTransactionDataSuccess
            {
                TemplateId = message.TemplateId,
                ExcessData = default,
                TransactionList = Array.ConvertAll(template!.Transactions, transaction => ByteString.Wrap(transaction.Data)),
            });
        else
            _connection.TrySend(new RequestTransactionDataError
            {
                TemplateId = message.TemplateId,
                ErrorCode = found == TemplateLookup.Stale ? RequestTransactionDataErrorCodes.StaleTemplateId : RequestTransactionDataErrorCodes.TemplateIdNotFound,
            });
    }

    public void OnSubmitSolution(in SubmitSolutionView message)
    {
        // The node is asked on this call where it answers at once; only what waits for the network goes on by itself.
        if (Interlocked.Increment(ref _solutionsAtOnce) > SolutionsAtOnceMax)
        {
            Interlocked.Decrement(ref _solutionsAtOnce);
            // Not a reason to part: where blocks are that easy, all but one of these are for nothing anyway.
            _solutions.RefuseExcess(SolutionsAtOnceMax, _name);
            return;
        }
        _ = SubmitAsync(message.ToOwned());
    }

    public void Send(ReadOnlySpan<byte> frames) => _connection.TrySendFrames(frames);

    private async Task SubmitAsync(SubmitSolution solution)
    {
        try
        {
            // Not bound to the connection: a block counts also when its finder has gone.
            await _solutions.SubmitAsync(solution, _name, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            LogSubmitFailed(_logger, e, _name);
        }
        finally
        {
            Interlocked.Decrement(ref _solutionsAtOnce);
        }
    }

    private bool MayChangeConstraints()
    {
        if (_constraints == 0 || _timeProvider.GetElapsedTime(_constraintsSpanStarted) > ConstraintsSpan)
        {
            _constraintsSpanStarted = _timeProvider.GetTimestamp();
            _constraints = 0;
        }
        return ++_constraints <= ConstraintsMax;
    }

    [LoggerMessage(LogLevel.Information, "{Client} keeps {Size} bytes and {Sigops} sigops for its outputs")]
    private static partial void LogConstraints(ILogger logger, string client, uint size, ushort sigops);

    [LoggerMessage(LogLevel.Debug, "{Client} sent an unknown message, extension 0x{Extension:x4}, type 0x{Type:x2}; ignored")]
    private static partial void LogUnknown(ILogger logger, string client, ushort extension, byte type);

    [LoggerMessage(LogLevel.Error, "A solution of {Client} could not be handled")]
    private static partial void LogSubmitFailed(ILogger logger, Exception exception, string client);
}
