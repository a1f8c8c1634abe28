using Sv2.Protocol.Mining;

namespace Sv2.Mining.Server;

/// <summary>
/// Decides about jobs that clients bring themselves (5.3.18). Called after the session has checked what it can know:
/// flag, channel, tip, nbits, min_ntime, sizes and the shape of the outputs. The policy checks the token, the version,
/// the BIP 34 height and that the pool is paid.
/// </summary>
public interface ICustomJobPolicy
{
    /// <summary>
    /// Decides about one job, or says that the answer comes later. Called from inside the session; must not block and
    /// must not call back into the session.
    /// </summary>
    /// <param name="request">The job. The receiver may keep it.</param>
    /// <returns>The verdict; after <see cref="CustomJobVerdict.Pending"/> the owner calls <see cref="MiningServerSession.ResolveCustomJob"/>.</returns>
    CustomJobVerdict OnCustomJob(CustomJobRequest request);
}

/// <summary>A job a client wants to mine.</summary>
/// <param name="Ticket">Names the request in <see cref="MiningServerSession.ResolveCustomJob"/>; unique in the session.</param>
/// <param name="Channels">The extended channels it is for: one, or all of a group.</param>
/// <param name="Message">The message.</param>
/// <param name="FullExtranonceSize">Bytes of extranonce that follow <c>coinbase_prefix</c> in the scriptSig.</param>
public sealed record CustomJobRequest(long Ticket, IReadOnlyList<ServerChannel> Channels, SetCustomMiningJob Message, int FullExtranonceSize);

/// <summary>The answer to a <see cref="CustomJobRequest"/>.</summary>
public readonly record struct CustomJobVerdict
{
    /// <summary>Whether the answer comes later.</summary>
    public bool IsPending { get; private init; }

    /// <summary>The code the client is told; <see langword="null"/> when the job is accepted or pending.</summary>
    public string? ErrorCode { get; private init; }

    /// <summary>What the owner wants to find again in <see cref="SizedJob.Tag"/> when a share of the job comes.</summary>
    public object? Tag { get; private init; }

    /// <summary>The pool commits to rewarding the job (5.3.19).</summary>
    public static CustomJobVerdict Accept => default;

    /// <summary>The pool commits to rewarding the job, and wants to know its shares.</summary>
    /// <param name="tag">See <see cref="Tag"/>.</param>
    /// <returns>The verdict.</returns>
    public static CustomJobVerdict AcceptAs(object tag) => new() { Tag = tag };

    /// <summary>The answer comes later.</summary>
    public static CustomJobVerdict Pending => new() { IsPending = true };

    /// <summary>Refuses the job.</summary>
    /// <param name="errorCode">Printable ASCII, at most 255 bytes.</param>
    /// <returns>The verdict.</returns>
    public static CustomJobVerdict Refuse(string errorCode) => new() { ErrorCode = errorCode };

    /// <summary>Refuses the job for one field, as <c>invalid-job-param-value-{field}</c>.</summary>
    /// <param name="field">The field's name in the specification.</param>
    /// <returns>The verdict.</returns>
    public static CustomJobVerdict RefuseField(string field) => Refuse(MiningErrorCodes.InvalidJobParamValuePrefix + field);
}
