using Sv2.Bitcoin;
using Sv2.Noise;
using Sv2.Protocol;
using Sv2.Protocol.TemplateDistribution;
using Sv2.Transport;

namespace Sv2.Roles.TemplateDistribution;

/// <summary>Takes what a session learns, in the order of the wire.</summary>
internal interface ISessionObserver
{
    void OnNewTemplate(ProviderSession session, ProvidedTemplate template);

    void OnNewPrevHash(ProviderSession session, ProvidedTemplate template, in SetNewPrevHash prevHash);
}

/// <summary>
/// One connection to a provider, after its setup, or what another front end passes on of its own: keeps the templates that are alive, checks what comes, and answers requests
/// for transactions. What it learns is handled under <c>deliveryLock</c>, which orders it with a change of provider.
/// </summary>
internal sealed class ProviderSession : IFrameHandler, ITemplateDistributionClientHandler
{
    /// <summary>Most requests for transactions that may be open at a time.</summary>
    public const int RequestsMax = 32;

    private readonly Lock _deliveryLock;
    private readonly ISessionObserver _observer;
    private readonly TimeProvider _timeProvider;
    private readonly int _futuresMax;
    private readonly Sv2Connection? _connection;

    // In the order of arrival, so that the oldest can be dropped.
    private readonly List<ProvidedTemplate> _futures = [];
    private readonly Dictionary<ulong, TaskCompletionSource<TransactionData>> _requests = [];
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CloseReason? _violation;
    private bool _isClosed;

    public ProviderSession(
        ConnectionString provider, long epoch, Sv2Connection? connection, Lock deliveryLock, ISessionObserver observer, TimeProvider timeProvider, int futuresMax)
    {
        Provider = provider;
        Epoch = epoch;
        _connection = connection;
        _deliveryLock = deliveryLock;
        _observer = observer;
        _timeProvider = timeProvider;
        _futuresMax = futuresMax;
    }

    public ConnectionString Provider { get; }

    public long Epoch { get; }

    /// <summary>Whether another front end has the connection.</summary>
    public bool IsShared => _connection is null;

    /// <summary>The connection of this front end.</summary>
    public Sv2Connection Connection => _connection ?? throw new InvalidOperationException("another front end has the connection");

    /// <summary>Completes with the first SetNewPrevHash.</summary>
    public Task Ready => _ready.Task;

    /// <summary>The latest SetNewPrevHash and the template that it named; null before the first.</summary>
    public ActiveTemplate? Tip { get; private set; }

    /// <summary>The newest template on the tip; null before the first tip.</summary>
    public ProvidedTemplate? Current { get; private set; }

    /// <summary>The future templates that wait for the next tip, the oldest first.</summary>
    public IReadOnlyList<ProvidedTemplate> Futures => _futures;

    /// <summary>Takes frames that lie one behind the other. Gives what is wrong with them; null when all is well.</summary>
    public string? Read(ReadOnlySpan<byte> frames)
    {
        while (frames.Length > 0)
        {
            if (!FrameHeader.TryRead(frames, out FrameHeader header) || frames.Length - FrameHeader.Size < header.PayloadLength)
                return "a frame is cut off";
            FrameVerdict verdict = OnFrame(header, frames.Slice(FrameHeader.Size, header.PayloadLength));
            if (verdict.Reason is { } reason)
                return reason.Message;
            frames = frames[(FrameHeader.Size + header.PayloadLength)..];
        }

        return null;
    }

    public FrameVerdict OnFrame(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        DispatchResult result = TemplateDistributionDispatcher.DispatchToClient(header, payload, this);
        if (result.Outcome == DispatchOutcome.Malformed)
            return FrameVerdict.Close(CloseReason.Malformed(result.Message!.Name, result.Error.ToString()));
        return _violation is { } violation ? FrameVerdict.Close(violation) : FrameVerdict.Continue;
    }

    public void OnBatchEnd()
    {
    }

    public void OnNewTemplate(in NewTemplateView message)
    {
        if (Fault(message) is { } fault)
        {
            _violation = CloseReason.Violation($"NewTemplate {message.TemplateId}: {fault}");
            return;
        }
        ProvidedTemplate template = new(Provider, Epoch, message.ToOwned(), _timeProvider.GetUtcNow());
        lock (_deliveryLock)
        {
            if (template.IsFuture)
                Keep(template);
            else
                Current = template;
            _observer.OnNewTemplate(this, template);
        }
    }

    public void OnSetNewPrevHash(in SetNewPrevHashView message)
    {
        lock (_deliveryLock)
        {
            ulong id = message.TemplateId;
            ProvidedTemplate? template = _futures.Find(future => future.TemplateId == id) ?? (Current?.TemplateId == id ? Current : null);
            if (template is null)
            {
                _violation = CloseReason.Violation($"SetNewPrevHash names template {id}, which was not announced");
                return;
            }
            _futures.Clear();
            Current = template;
            SetNewPrevHash prevHash = message.ToOwned();
            Tip = new ActiveTemplate(template, prevHash);
            _observer.OnNewPrevHash(this, template, prevHash);
        }
        _ready.TrySetResult();
    }

    public void OnRequestTransactionDataSuccess(in RequestTransactionDataSuccessView message)
    {
        if (TakeRequest(message.TemplateId) is not { } request)
            return;
        RequestTransactionDataSuccess answer = message.ToOwned();
        request.TrySetResult(new TransactionData(answer.ExcessData, answer.TransactionList));
    }

    public void OnRequestTransactionDataError(in RequestTransactionDataErrorView message)
    {
        string code = LogText.Sanitise(message.ToOwned().ErrorCode);
        TakeRequest(message.TemplateId)?.TrySetException(
            new TransactionDataException(code, $"{Provider.Host}:{Provider.Port} has no transactions for template {message.TemplateId}: {code}"));
    }

    /// <summary>Asks for the transactions of one of this connection's templates; requests for the same one share the answer.</summary>
    public Task<TransactionData> RequestTransactionData(ulong templateId)
    {
        TaskCompletionSource<TransactionData> request;
        lock (_requests)
        {
            if (_isClosed || IsShared)
                return Task.FromException<TransactionData>(Disconnected(templateId));
            if (_requests.TryGetValue(templateId, out TaskCompletionSource<TransactionData>? open))
                return open.Task;
            if (_requests.Count >= RequestsMax)
                return Task.FromException<TransactionData>(new TransactionDataException("too-many-requests", $"{RequestsMax} requests for transactions are open already"));
            request = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _requests.Add(templateId, request);
        }
        Connection.TrySend(new RequestTransactionData { TemplateId = templateId });
        return request.Task;
    }

    /// <summary>Nobody waits for this answer any more.</summary>
    public void Forget(ulong templateId) => TakeRequest(templateId)?.TrySetCanceled();

    /// <summary>The connection has ended: open requests fail.</summary>
    public void Close()
    {
        List<(ulong Id, TaskCompletionSource<TransactionData> Request)> open;
        lock (_requests)
        {
            _isClosed = true;
            open = [.. _requests.Select(request => (request.Key, request.Value))];
            _requests.Clear();
        }
        foreach ((ulong id, TaskCompletionSource<TransactionData> request) in open)
            request.TrySetException(Disconnected(id));
    }

    /// <summary>What is wrong with a template, or null. A job made from a bad one would be work for nothing.</summary>
    private string? Fault(in NewTemplateView message)
    {
        if (message.CoinbasePrefix.Length > CoinbaseTemplate.CoinbasePrefixMax)
            return $"field coinbase_prefix: {message.CoinbasePrefix.Length} bytes exceed {CoinbaseTemplate.CoinbasePrefixMax}";
        if (!TxOutput.TryReadUnprefixed(message.CoinbaseTxOutputs, message.CoinbaseTxOutputsCount, out _, out string? error))
            return $"field coinbase_tx_outputs: {error}";
        if (message.CoinbaseTxValueRemaining > TxOutput.ValueMax)
            return $"field coinbase_tx_value_remaining: {message.CoinbaseTxValueRemaining} satoshi exceed all there can be";
        if (!message.FutureTemplate && Tip is null)
            return "it is to be worked on at once, but there was no SetNewPrevHash yet";
        return null;
    }

    private void Keep(ProvidedTemplate template)
    {
        _futures.RemoveAll(future => future.TemplateId == template.TemplateId);
        if (_futures.Count >= _futuresMax)
            _futures.RemoveAt(0);
        _futures.Add(template);
    }

    private TaskCompletionSource<TransactionData>? TakeRequest(ulong templateId)
    {
        lock (_requests)
            return _requests.Remove(templateId, out TaskCompletionSource<TransactionData>? request) ? request : null;
    }

    private TransactionDataException Disconnected(ulong templateId) =>
        new("disconnected", $"the connection to {Provider.Host}:{Provider.Port}, which made template {templateId}, is closed");
}
