using Microsoft.Extensions.Logging;
using Sv2.Protocol;
using Sv2.Protocol.JobDeclaration;
using Sv2.Roles.JobDeclaration;
using Sv2.Roles.Node;
using Sv2.Transport;
using Sv2.Transport.Setup;

namespace Sv2.Roles.JobDeclaratorServer;

/// <summary>One job declarator client, after its setup: takes its messages, gives it tokens, and has its jobs judged.</summary>
internal sealed partial class DeclaratorConnection : IFrameHandler, IJobDeclarationServerHandler
{
    private static readonly TimeSpan ThrottleNoticeInterval = TimeSpan.FromMinutes(1);

    private readonly DeclaratorServices _server;
    private readonly Sv2Connection _connection;
    private readonly ILogger _logger;
    private readonly ClientTokens _tokens;
    private readonly ClientDeclarations _declarations;
    private readonly string _name;
    private readonly ByteString _outputs;
    private readonly bool _revealsTransactions;
    private long? _throttleNoticedAt;

    public DeclaratorConnection(DeclaratorServices server, Sv2Connection connection, SetupResult setup, ILogger logger)
    {
        _server = server;
        _connection = connection;
        _logger = logger;
        _name = $"client {connection.Id} ({setup.Client.Vendor}, {connection.RemoteEndPoint})";
        _outputs = server.Outputs.ToWire();
        _revealsTransactions = ((JobDeclarationSetupFlags)setup.ClientFlags).HasFlag(JobDeclarationSetupFlags.DeclareTxData);
        _tokens = new ClientTokens(server.Options.Tokens, server.Signer, server.Outputs, server.Time);
        _declarations = new ClientDeclarations(server, connection, _tokens, _name, logger);
    }

    public FrameVerdict OnFrame(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        DispatchResult result = JobDeclarationDispatcher.DispatchToServer(header, payload, this);
        if (result.Outcome == DispatchOutcome.Malformed)
            return FrameVerdict.Close(CloseReason.Malformed(result.Message!.Name, result.Error.ToString()));
        if (result.Outcome == DispatchOutcome.Unknown)
            LogUnknown(_logger, _name, header.ExtensionType, header.MessageType);
        return FrameVerdict.Continue;
    }

    public void OnBatchEnd()
    {
    }

    public void OnAllocateMiningJobToken(in AllocateMiningJobTokenView message)
    {
        ByteString? token = _tokens.Issue(_revealsTransactions ? TokenPurpose.Declaration : TokenPurpose.CoinbaseOnly, Text.CopyOf(message.UserIdentifier));
        if (token is null)
        {
            // There is no error message for it (6.4): the client goes without, and without an answer after its own time.
            Throttle();
            return;
        }
        _server.Totals.CountToken();
        _connection.TrySend(new AllocateMiningJobTokenSuccess { RequestId = message.RequestId, MiningJobToken = token.Value, CoinbaseTxOutputs = _outputs });
    }

    public void OnDeclareMiningJob(in DeclareMiningJobView message)
    {
        if (_revealsTransactions)
            _declarations.Declare(message);
        else
            _declarations.RefuseUnrevealed(message.RequestId);
    }

    public void OnProvideMissingTransactionsSuccess(in ProvideMissingTransactionsSuccessView message) => _declarations.Provide(message);

    public void OnPushSolution(in PushSolutionView message) => _declarations.Push(message.ToOwned());

    /// <summary>The node has another best block.</summary>
    public void OnTip(NodeTip tip) => _declarations.OnTip(tip);

    /// <summary>Does what is due by the clock.</summary>
    public void Tick() => _declarations.Tick();

    /// <summary>The connection is gone.</summary>
    public void Close() => _declarations.Close();

    /// <summary>Adds the tokens that can still be used, the newest first.</summary>
    public void List(List<TokenInfo> tokens) =>
        tokens.AddRange(_tokens.Unused().Select(issued => new TokenInfo
        {
            Fingerprint = issued.Fingerprint,
            UserIdentifier = LogText.Sanitise(issued.User),
            RemoteAddress = _connection.RemoteEndPoint?.ToString() ?? "",
            IssuedAt = issued.At,
            ExpiresAt = issued.Token.ExpiresAt,
        }));

    private void Throttle()
    {
        _server.Totals.CountThrottled();
        long now = _server.Time.GetTimestamp();
        if (_throttleNoticedAt is { } last && _server.Time.GetElapsedTime(last, now) < ThrottleNoticeInterval)
            return;
        _throttleNoticedAt = now;
        string text = $"{_name} asks for more than {_server.Options.Tokens.PerMinute} tokens a minute; what is above is not answered";
        _server.Events.Publish(DeclarationEvents.Tokens, RoleEventSeverity.Warning, text);
        LogThrottled(_logger, text);
    }

    [LoggerMessage(LogLevel.Debug, "{Client} sent an unknown message, extension 0x{Extension:x4}, type 0x{Type:x2}; ignored")]
    private static partial void LogUnknown(ILogger logger, string client, ushort extension, byte type);

    [LoggerMessage(LogLevel.Warning, "{Text}")]
    private static partial void LogThrottled(ILogger logger, string text);
}
