using System.Globalization;
using System.Net;
using Sv2.Noise;
using Sv2.Roles.Keys;

namespace Sv2.Roles.JobDeclaratorServer;

// How the server is, and what it shows.
public sealed partial class JobDeclaratorServerRole
{
    private const string TokenKeyName = "token";

    /// <inheritdoc />
    public RoleReport Report()
    {
        if (_isStopped != 0 || _listener is null)
            return RoleReport.Of(RoleHealth.Unhealthy, _isStopped != 0 ? "The job declarator server is stopped." : "The job declarator server has not started.");
        (RoleHealth health, string message) = Judge();
        return new RoleReport
        {
            Health = health,
            Message = message,
            Endpoints = [new EndpointInfo("job-declaration", _listener.BoundEndPoint.ToString()!, ConnectionString!.ToString(), Encrypted: true)],
            Upstreams = _node?.States ?? [],
            Figures = Figures(),
        };
    }

    /// <inheritdoc />
    public ValueTask<Page<DeclarationInfo>> ListDeclarationsAsync(ListQuery query, CancellationToken cancellationToken) => new(_log.List(query));

    /// <inheritdoc />
    public ValueTask<Page<TokenInfo>> ListTokensAsync(ListQuery query, CancellationToken cancellationToken)
    {
        List<TokenInfo> tokens = [];
        foreach (DeclaratorConnection connection in _connections.Keys)
            connection.List(tokens);
        return new(Page.Of(tokens.OrderByDescending(token => token.IssuedAt), query, token => $"{token.UserIdentifier} {token.RemoteAddress}"));
    }

    /// <inheritdoc />
    public ValueTask<Page<BlockInfo>> ListBlocksAsync(ListQuery query, CancellationToken cancellationToken) => new(_blocks.List(query));

    /// <inheritdoc />
    public IReadOnlyList<KeyInfo> ListKeys()
    {
        IReadOnlyList<KeyInfo> keys = RoleKeys.List(_context, _options.AuthorityKeyFile, _isStopped != 0 ? null : _credentials);
        string path = _context.ResolvePath(_options.TokenKeyFile, ServerKeys.AuthorityFileName);
        if (string.IsNullOrWhiteSpace(_options.TokenKeyFile) || !File.Exists(path))
            return keys;
        using AuthorityKeyPair pair = AuthorityKeyFile.Load(path, "tokenKeyFile");
        return [.. keys, new KeyInfo { Name = TokenKeyName, Kind = "authority", PublicKey = pair.PublicKey.ToString(), File = path, CreatedAt = File.GetLastWriteTimeUtc(path) }];
    }

    /// <inheritdoc />
    public KeyRotation RotateKey(string name) => name == TokenKeyName && !string.IsNullOrWhiteSpace(_options.TokenKeyFile)
        ? RoleKeys.Rotate(_context, _options.TokenKeyFile, RoleKeys.Authority)
        : RoleKeys.Rotate(_context, _options.AuthorityKeyFile, name);

    private (RoleHealth Health, string Message) Judge()
    {
        string clients = _connections.Count switch
        {
            0 => "No client is connected.",
            1 => "One client is connected.",
            int count => $"{count} clients are connected.",
        };
        if (_node is null)
            return (RoleHealth.Healthy, $"Giving tokens for coinbase-only jobs. {clients}");
        if (_node.Tip is not { } tip)
        {
            string reasons = string.Join("; ", _node.States.Select(state => state.Reason).OfType<string>().Distinct());
            return (RoleHealth.Unhealthy, reasons.Length == 0
                ? $"Connecting to the node. {clients}"
                : $"Declarations are refused, because no node can be asked: {reasons}. {clients}");
        }
        if (_blocks.Waiting > 0 && _blocks.List(ListQuery.First).Items.Any(block => block.State == BlockState.Submitted && _context.TimeProvider.GetUtcNow() - block.Time > TimeSpan.FromMinutes(1)))
            return (RoleHealth.Unhealthy, "A block waits for a node to take it; see the log for the node's words.");
        string judge = _options.Validation == DeclarationValidation.Local ? "by own checks alone"
            : tip.JudgesProposals ? "with the node's own judgement"
            : "by own checks alone, because the node takes no proposals";
        string text = string.Create(CultureInfo.InvariantCulture, $"Judging jobs for block {tip.NextHeight}, {judge}. {clients}");
        return (_node.IsOnPreferred && _mempool.LeftOut == 0 ? RoleHealth.Healthy : RoleHealth.Degraded, _mempool.LeftOut == 0 ? text : $"{text} The node's mempool does not fit limits.mempoolMegabytes or mempoolTransactions; what is left out is asked of clients.");
    }

    private List<Figure> Figures()
    {
        IReadOnlyDictionary<string, long> refused = _log.Refused;
        List<Figure> figures =
        [
            new(FigureNames.Connections, _connections.Count, "connections"),
            new(FigureNames.BlocksFound, _blocks.Accepted + _blocks.Rejected, "blocks"),
            new("blocksAccepted", _blocks.Accepted, "blocks"),
            new("blocksWaiting", _blocks.Waiting, "blocks"),
            new("tokensGiven", _totals.Tokens, "tokens"),
            new("tokenRequestsUnanswered", _totals.Throttled, "requests"),
            new("declarationsAccepted", _log.Accepted, "declarations"),
            new("declarationsRefused", refused.Values.Sum(), "declarations"),
            new("solutionsUnmatched", _totals.Unmatched, "solutions"),
            new("providedBytes", _provided.Used, "bytes"),
            new("transactionAnswersIgnored", _totals.Ignored, "answers"),
        ];
        if (_node is not null)
        {
            figures.Add(new(FigureNames.MempoolTransactions, _mempool.Count, "transactions"));
            figures.Add(new("mempoolBytes", _mempool.Bytes, "bytes"));
            if (_node.Tip is { } tip)
                figures.Add(new(FigureNames.Height, tip.NextHeight - 1, "blocks"));
        }
        figures.AddRange(refused.OrderBy(reason => reason.Key, StringComparer.Ordinal).Select(reason => new Figure($"declarationsRefused.{reason.Key}", reason.Value, "declarations")));
        return figures;
    }
}
