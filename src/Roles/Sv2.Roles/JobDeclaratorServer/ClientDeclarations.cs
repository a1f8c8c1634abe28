using System.Text;
using Microsoft.Extensions.Logging;
using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.Protocol.JobDeclaration;
using Sv2.Roles.JobDeclaration;
using Sv2.Roles.Node;
using Sv2.Transport;

namespace Sv2.Roles.JobDeclaratorServer;

/// <summary>
/// The declarations of one connection, and the solutions found on them. Nothing of another connection can be seen or named
/// from here. Everything goes through one lock, this connection's own.
/// </summary>
/// <remarks>
/// <code>
/// DeclareMiningJob ─ token, coinbase, outputs ─► tip known? ─► transactions known? ─► checks ─► DeclareMiningJob.Success
///                                                  │ wait        │ ProvideMissingTransactions   │
///                                                  └─────────────┴──────────────────────────────┴► DeclareMiningJob.Error
/// </code>
/// </remarks>
internal sealed partial class ClientDeclarations(DeclaratorServices server, Sv2Connection connection, ClientTokens tokens, string client, ILogger logger)
{
    private const string WtxidList = "wtxid_list";
    private const string Prefix = "coinbase_tx_prefix";
    private const string Suffix = "coinbase_tx_suffix";

    // Consensus refuses lower versions since BIP 65; the field is a signed number there.
    private const int BlockVersionMin = 4;
    private const int ErrorDetailsMax = 4096;

    private static readonly TimeSpan AnnouncementInterval = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly Dictionary<uint, Declaration> _pending = [];
    private long? _announcedAt;
    private bool _isClosed;

    private DeclaratorLimits Limits => server.Options.Limits;

    /// <summary>Takes a declaration. The token is used up by it, whatever becomes of it.</summary>
    public void Declare(in DeclareMiningJobView message)
    {
        lock (_gate)
        {
            uint requestId = message.RequestId;
            DeclarationFault? fault = _pending.ContainsKey(requestId)
                    ? new DeclarationFault(DeclarationErrorCodes.DuplicateRequestId, $"the declaration with request_id {requestId} is not decided yet")
                : _pending.Count >= Limits.PendingDeclarations
                    ? new DeclarationFault(DeclarationErrorCodes.TooManyPendingJobs, $"{_pending.Count} declarations of this connection are undecided, the most it may have")
                : null;
            if (fault is not null)
                Refuse(requestId, fault);
            else if (!tokens.TryUse(message.MiningJobToken, out ClientTokens.Issued? token, out string? error))
                Refuse(requestId, new DeclarationFault(DeclarationErrorCodes.InvalidMiningJobToken, error));
            else if (!TryRead(message, token, out Declaration? declaration, out fault))
                Refuse(requestId, fault!, server.Log.Add(token.User, RemoteAddress, message.WtxidList.Count, 0, 0));
            else
                Begin(declaration!);
        }
    }

    /// <summary>Refuses a declaration of a client that did not agree to reveal its transactions (6.4.1).</summary>
    public void RefuseUnrevealed(uint requestId)
    {
        lock (_gate)
            Refuse(requestId, new DeclarationFault(DeclarationErrorCodes.DeclareTxDataNotSet, "the connection was set up without DECLARE_TX_DATA, for coinbase-only mode"));
    }

    /// <summary>Takes the transactions that a client was asked for. What was not asked for, or comes too late, is ignored.</summary>
    public void Provide(in ProvideMissingTransactionsSuccessView message)
    {
        lock (_gate)
        {
            if (!_pending.TryGetValue(message.RequestId, out Declaration? declaration) || declaration.Stage != DeclarationStage.Transactions)
            {
                server.Totals.CountIgnored();
                LogIgnored(logger, client, message.TransactionList.Count, message.RequestId);
                return;
            }
            if (TakeTransactions(declaration, message.TransactionList) is { } fault)
                Refuse(declaration, fault);
            else
                Check(declaration);
        }
    }

    /// <summary>The node has another best block.</summary>
    public void OnTip(NodeTip tip)
    {
        lock (_gate)
        {
            foreach (Declaration declaration in _pending.Values.ToArray())
            {
                if (declaration.Height < tip.NextHeight)
                    Refuse(declaration, Stale(declaration.Height, tip));
                else if (declaration.Height == tip.NextHeight && declaration.Stage == DeclarationStage.Tip)
                    Begin(declaration, tip);
            }
        }
    }

    /// <summary>Ends what has waited too long.</summary>
    public void Tick()
    {
        lock (_gate)
        {
            long now = server.Time.GetTimestamp();
            foreach (Declaration declaration in _pending.Values.Where(declaration => declaration.Stage != DeclarationStage.Checks && declaration.Deadline <= now).ToArray())
                Refuse(declaration, declaration.Stage == DeclarationStage.Tip
                    ? new DeclarationFault(DeclarationErrorCodes.StaleChainTip, $"the job is for height {declaration.Height}, and no block of the height before it came within {Limits.UnknownTip.TotalSeconds} s")
                    : new DeclarationFault(DeclarationErrorCodes.MissingTransactions, $"{declaration.Missing.Length} transactions did not come within {Limits.MissingTransactions.TotalSeconds} s"));
        }
    }

    /// <summary>The connection is gone.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            foreach (Declaration declaration in _pending.Values)
            {
                server.Provided.Release(declaration.ProvidedBytes);
                server.Log.Decide(declaration.Entry, DeclarationState.Dropped, "the client went away");
            }
            _pending.Clear();
            ForgetAccepted();
        }
    }

    private string RemoteAddress => connection.RemoteEndPoint?.ToString() ?? "";

    /// <summary>All that can be said of a declaration without its transactions.</summary>
    private bool TryRead(in DeclareMiningJobView message, ClientTokens.Issued token, out Declaration? declaration, out DeclarationFault? fault)
    {
        declaration = null;
        if (!DeclaredCoinbase.TryRead(message.CoinbaseTxPrefix, message.CoinbaseTxSuffix, out DeclaredCoinbase? coinbase, out string? field, out string? error))
        {
            fault = DeclarationFault.OfField(field, error);
            return false;
        }
        fault = unchecked((int)message.Version) < BlockVersionMin ? DeclarationFault.OfField("version", $"{message.Version:x8} is below {BlockVersionMin}")
            : !CoinbaseRules.TryReadHeight(coinbase.Template.CoinbasePrefix.Span, out uint height) || height > int.MaxValue ? DeclarationFault.OfField(Prefix, "the scriptSig does not start with the height (BIP 34)")
            : server.Outputs.FindFault(coinbase.Outputs) is { } missing ? DeclarationFault.OfField(Suffix, missing)
            : message.WtxidList.Count > DeclarationCheck.TransactionsMax ? DeclarationFault.OfField(WtxidList, $"{message.WtxidList.Count} transactions exceed {DeclarationCheck.TransactionsMax}, more than any block has")
            : null;
        if (fault is not null)
            return false;
        U256[] wtxids = message.WtxidList.ToOwned().ToArray();
        if (new HashSet<U256>(wtxids).Count != wtxids.Length)
        {
            fault = DeclarationFault.OfField(WtxidList, "a transaction stands there twice");
            return false;
        }
        CoinbaseRules.TryReadHeight(coinbase.Template.CoinbasePrefix.Span, out height);
        declaration = new Declaration
        {
            RequestId = message.RequestId,
            Token = token,
            Version = message.Version,
            Coinbase = coinbase,
            Height = (int)height,
            Wtxids = wtxids,
            Entry = server.Log.Add(token.User, RemoteAddress, wtxids.Length, (int)height, (long)server.Outputs.PayoutValue(coinbase.Outputs)),
        };
        return true;
    }

    private void Begin(Declaration declaration)
    {
        _pending.Add(declaration.RequestId, declaration);
        if (server.Node?.Tip is not { } tip)
            Refuse(declaration, new DeclarationFault(DeclarationErrorCodes.TryAgainLater, "no node can be asked at the moment"));
        else if (declaration.Height < tip.NextHeight)
            Refuse(declaration, Stale(declaration.Height, tip));
        else if (declaration.Height > tip.NextHeight)
            Wait(declaration, DeclarationStage.Tip, Limits.UnknownTip);
        else
            Begin(declaration, tip);
    }

    /// <summary>The tip is the one it builds on: its transactions are looked up.</summary>
    private void Begin(Declaration declaration, NodeTip tip)
    {
        declaration.PrevHash = tip.Hash;
        server.Log.Change(declaration.Entry, info => info with { PrevHash = tip.Hash.ToDisplayString() });
        List<ushort> missing = [];
        declaration.Transactions = new KnownTransaction?[declaration.Wtxids.Length];
        for (int i = 0; i < declaration.Wtxids.Length; i++)
        {
            declaration.Transactions[i] = server.Mempool.Find(declaration.Wtxids[i]) ?? TakeProvided(declaration, declaration.Wtxids[i]);
            if (declaration.Transactions[i] is null)
                missing.Add((ushort)i);
        }
        if (missing.Count == 0)
        {
            Check(declaration);
            return;
        }
        declaration.Missing = [.. missing];
        Wait(declaration, DeclarationStage.Transactions, Limits.MissingTransactions);
        server.Log.Change(declaration.Entry, info => info with { State = DeclarationState.AwaitingTransactions, MissingTransactions = missing.Count });
        connection.TrySend(new ProvideMissingTransactions { RequestId = declaration.RequestId, UnknownTxPositionList = declaration.Missing });
    }

    private void Wait(Declaration declaration, DeclarationStage stage, TimeSpan limit)
    {
        declaration.Stage = stage;
        declaration.Deadline = server.Time.GetTimestamp() + (long)(limit.TotalSeconds * server.Time.TimestampFrequency);
    }

    private DeclarationFault? TakeTransactions(Declaration declaration, BytesSeqView list)
    {
        if (list.Count != declaration.Missing.Length)
            return new DeclarationFault(DeclarationErrorCodes.MissingTransactions, $"{list.Count} transactions came, {declaration.Missing.Length} were asked for");
        if (!TryReserve(declaration, list.Bytes.Length))
            return new DeclarationFault(DeclarationErrorCodes.TooManyPendingJobs, "the server holds as many bytes of provided transactions as it may");
        int next = 0;
        foreach (ReadOnlySpan<byte> data in list)
        {
            int position = declaration.Missing[next++];
            if (!KnownTransaction.TryRead(data.ToArray(), out KnownTransaction? transaction, out string? error))
                return new DeclarationFault(DeclarationErrorCodes.MissingTransactions, $"the transaction for position {position} cannot be read: {error}");
            if (transaction.Wtxid != declaration.Wtxids[position])
                return new DeclarationFault(DeclarationErrorCodes.MissingTransactions, $"the transaction for position {position} has wtxid {transaction.Wtxid}, declared is {declaration.Wtxids[position]}");
            declaration.Transactions[position] = transaction;
            declaration.Provided[transaction.Wtxid] = transaction;
        }
        return null;
    }

    /// <summary>A transaction that the client provided for an earlier job; it stays for this one too.</summary>
    private KnownTransaction? TakeProvided(Declaration declaration, in U256 wtxid)
    {
        if (FindProvided(wtxid) is not { } transaction || !TryReserve(declaration, transaction.Data.Length))
            return null;
        return declaration.Provided[wtxid] = transaction;
    }

    private bool TryReserve(Declaration declaration, long bytes)
    {
        if (!server.Provided.TryReserve(bytes))
            return false;
        declaration.ProvidedBytes += bytes;
        return true;
    }

    private static DeclarationFault Stale(int height, NodeTip tip) =>
        new(DeclarationErrorCodes.StaleChainTip, $"the job is for height {height}, the next block is {tip.NextHeight}");

    private void Refuse(Declaration declaration, DeclarationFault fault)
    {
        _pending.Remove(declaration.RequestId);
        server.Provided.Release(declaration.ProvidedBytes);
        Refuse(declaration.RequestId, fault, declaration.Entry);
    }

    private void Refuse(uint requestId, DeclarationFault fault, DeclarationEntry? entry = null)
    {
        server.Log.CountRefusal(fault.Code);
        if (entry is not null)
            server.Log.Decide(entry, fault.Code == DeclarationErrorCodes.StaleChainTip ? DeclarationState.Dropped : DeclarationState.Refused, $"{fault.Code}: {fault.Details}");
        LogRefused(logger, client, requestId, fault.Code, fault.Details);
        if (fault.Code != DeclarationErrorCodes.StaleChainTip)
            Announce(fault);
        byte[] details = Encoding.UTF8.GetBytes(fault.Details);
        connection.TrySend(new DeclareMiningJobError
        {
            RequestId = requestId,
            ErrorCode = fault.Code,
            ErrorDetails = details.AsMemory(0, Math.Min(details.Length, ErrorDetailsMax)).ToArray(),
        });
    }

    /// <summary>Tells operators, but no oftener than they want to read.</summary>
    private void Announce(DeclarationFault fault)
    {
        long now = server.Time.GetTimestamp();
        if (_announcedAt is { } last && server.Time.GetElapsedTime(last, now) < AnnouncementInterval)
            return;
        _announcedAt = now;
        server.Events.Publish(DeclarationEvents.Declaration, RoleEventSeverity.Warning, $"A declaration of {client} was refused, {fault.Code}: {fault.Details}");
    }

    [LoggerMessage(LogLevel.Information, "{Client}: declaration {RequestId} refused, {Code}: {Details}")]
    private static partial void LogRefused(ILogger logger, string client, uint requestId, string code, string details);

    [LoggerMessage(LogLevel.Information, "{Client}: {Count} transactions for request {RequestId} were not waited for and are ignored")]
    private static partial void LogIgnored(ILogger logger, string client, int count, uint requestId);
}
