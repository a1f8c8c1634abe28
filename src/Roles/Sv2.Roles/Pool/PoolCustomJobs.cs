using Microsoft.Extensions.Logging;
using Sv2.Bitcoin;
using Sv2.Mining;
using Sv2.Mining.Server;
using Sv2.Protocol.Mining;
using Sv2.Roles.JobDeclaration;
using Sv2.Roles.TemplateDistribution;

namespace Sv2.Roles.Pool;

/// <summary>
/// Decides about jobs that miners bring (5.3.18): the token is a trusted server's, this user's, unused and for such a job; the
/// job is the declared one, field by field, or in coinbase-only mode has the outputs that the token asks for; its height is the
/// tip's; the pool is paid. Asks nobody, so the answer is given at once. Thread-safe.
/// </summary>
internal sealed partial class PoolCustomJobs(
    JobDeclarationOptions options, TokenVerifier verifier, UsedTokens used, Script payout, PoolTemplates templates, IRoleEvents events, TimeProvider time, ILogger logger)
    : ICustomJobPolicy, IDisposable
{
    private const string Outputs = "coinbase_tx_outputs";

    private static readonly TimeSpan AnnouncementInterval = TimeSpan.FromSeconds(10);

    private long _accepted;
    private long _refused;
    private long _announcedAt = long.MinValue;

    /// <summary>Jobs accepted since the start.</summary>
    public long Accepted => Volatile.Read(ref _accepted);

    /// <summary>Jobs refused since the start, without those on a stale tip.</summary>
    public long Refused => Volatile.Read(ref _refused);

    /// <inheritdoc />
    public CustomJobVerdict OnCustomJob(CustomJobRequest request)
    {
        SetCustomMiningJob job = request.Message;
        if (!verifier.TryVerify(job.MiningJobToken.Span, time.GetUtcNow(), out MiningJobToken? token, out string? error)) return RefuseToken(request, error);
        if (FaultOf(token, request.Channels) is { } fault) return RefuseToken(request, fault);
        if (token.Job?.FindDifference(job) is { } field) return RefuseField(request, field, "is not what was declared");
        if (HeightFault(job) is { } height) return RefuseField(request, "coinbase_prefix", height);
        if (OutputsFault(job, token, out CustomJobCredit? credit) is { } outputs) return RefuseField(request, Outputs, outputs);

        // Last, so that a job with a mistake in it does not cost its token.
        switch (used.Use(token.Id, token.ExpiresAt, time.GetUtcNow()))
        {
            case TokenUse.Again: return RefuseToken(request, "was used before");
            case TokenUse.Full: return Refuse(request, MiningErrorCodes.TryAgainLater, $"as many used tokens are remembered as may be, {options.UsedTokensMax}");
            case TokenUse.NotWritten: return Refuse(request, MiningErrorCodes.TryAgainLater, "the token cannot be written down as used: the disk does not take it");
            default:
                Interlocked.Increment(ref _accepted);
                return CustomJobVerdict.AcceptAs(credit!);
        }
    }

    /// <inheritdoc />
    public void Dispose() => used.Dispose();

    private string? FaultOf(MiningJobToken token, IReadOnlyList<ServerChannel> channels)
    {
        if (token.Purpose == TokenPurpose.Declaration) return "is for a declaration; the pool takes the one that DeclareMiningJob.Success brings";
        if (token.Purpose == TokenPurpose.CoinbaseOnly && !options.CoinbaseOnly) return "is for coinbase-only mode, which this pool does not take";
        foreach (ServerChannel channel in channels)
        {
            if (TokenDigest.OfUser(channel.UserIdentity.Utf8) != token.User) return $"was given to another user than that of channel {channel.Id}";
        }

        return null;
    }

    /// <summary>The session has seen that the job is for the pool's tip; the template on that tip tells the height.</summary>
    private string? HeightFault(in SetCustomMiningJob job)
    {
        if (templates.Active is not { } own || templates.Tip?.PrevHash != job.PrevHash) return null;
        return CoinbaseRules.TryReadHeight(own.Message.CoinbasePrefix.Span, out uint expected)
            && CoinbaseRules.TryReadHeight(job.CoinbasePrefix.Span, out uint height) && height == expected
            ? null : $"{job.CoinbasePrefix} does not start with the height {expected}";
    }

    private string? OutputsFault(in SetCustomMiningJob job, MiningJobToken token, out CustomJobCredit? credit)
    {
        credit = null;
        if (!TxOutput.TryReadPrefixed(job.CoinbaseTxOutputs.Span, out TxOutput[] outputs, out string? error)) return error;
        ulong paid = OutputRules.ValueOf(outputs, payout);
        ulong total = OutputRules.Total(outputs);
        if (paid == 0) return "do not pay the pool's payout";
        if (token.Purpose == TokenPurpose.CoinbaseOnly && OutputRules.FindFault(token.RequiredScripts.AsSpan(), outputs) is { } fault) return fault;
        if (templates.Active is { } own && total < own.Message.CoinbaseTxValueRemaining * (options.RevenuePercentMin / 100))
            return $"are worth {total} satoshi, less than {options.RevenuePercentMin} % of the {own.Message.CoinbaseTxValueRemaining} of the pool's own template";
        credit = new CustomJobCredit(paid, total);
        return null;
    }

    private CustomJobVerdict RefuseToken(CustomJobRequest request, string reason) => Refuse(request, MiningErrorCodes.InvalidMiningJobToken, $"the token {reason}");

    private CustomJobVerdict RefuseField(CustomJobRequest request, string field, string reason) =>
        Refuse(request, MiningErrorCodes.InvalidJobParamValuePrefix + field, $"{field} {reason}");

    private CustomJobVerdict Refuse(CustomJobRequest request, string code, string reason)
    {
        Interlocked.Increment(ref _refused);
        string who = ((PoolChannel)request.Channels[0].Tag!).Identity;
        LogRefused(who, code, reason);
        Announce($"A custom job of {who} was refused, {code}: {reason}");
        return CustomJobVerdict.Refuse(code);
    }

    /// <summary>Tells operators, but no oftener than they want to read.</summary>
    private void Announce(string text)
    {
        long now = time.GetTimestamp();
        long last = Volatile.Read(ref _announcedAt);
        if (last != long.MinValue && time.GetElapsedTime(last, now) < AnnouncementInterval) return;
        if (Interlocked.CompareExchange(ref _announcedAt, now, last) == last) events.Publish(DeclarationEvents.Declaration, RoleEventSeverity.Warning, text);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "A custom job of {Who} was refused, {Code}: {Reason}")]
    private partial void LogRefused(string who, string code, string reason);
}
