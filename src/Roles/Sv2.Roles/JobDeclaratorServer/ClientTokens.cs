using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Sv2.Protocol;
using Sv2.Roles.JobDeclaration;

namespace Sv2.Roles.JobDeclaratorServer;

/// <summary>
/// The tokens of one connection: given at a bounded rate, held in a bounded number, each good for one use on this connection
/// and for the user it was given to. Thread-safe.
/// </summary>
internal sealed class ClientTokens(TokenOptions options, TokenSigner signer, PoolOutputs outputs, TimeProvider time)
{
    private readonly TokenBucket _bucket = new(options.PerMinute, options.Burst, time);
    private readonly TokenVerifier _verifier = new([signer.PublicKey]);
    private readonly Dictionary<UInt128, Issued> _unused = [];
    private readonly Queue<UInt128> _order = new();
    private readonly Lock _gate = new();

    /// <summary>Gives a token; null when the connection asks too often.</summary>
    public ByteString? Issue(TokenPurpose purpose, Text user)
    {
        lock (_gate)
        {
            if (!_bucket.TryTake())
                return null;
        }
        DateTimeOffset now = time.GetUtcNow();
        MiningJobToken token = new()
        {
            Purpose = purpose,
            Id = NewId(),
            ExpiresAt = WholeSecond(now + options.Lifetime),
            User = TokenDigest.OfUser(user.Utf8),
            RequiredScripts = purpose == TokenPurpose.CoinbaseOnly ? outputs.ScriptDigests : default,
        };
        ByteString wire = signer.Sign(token);
        lock (_gate)
        {
            _unused.Add(token.Id, new Issued(token, user, TokenDigest.Fingerprint(wire.Span), now));
            _order.Enqueue(token.Id);
            // Used ones stay in the queue until it turns over, so it may be longer than what is unused.
            while (_unused.Count > options.OutstandingMax || _order.Count > 2 * options.OutstandingMax)
                _unused.Remove(_order.Dequeue());
        }
        return wire;
    }

    /// <summary>Uses a token up for a declaration.</summary>
    /// <param name="wire">What the client sent.</param>
    /// <param name="issued">What was given, when the result is true.</param>
    /// <param name="error">Why it cannot be used, when the result is false.</param>
    public bool TryUse(ReadOnlySpan<byte> wire, [NotNullWhen(true)] out Issued? issued, [NotNullWhen(false)] out string? error)
    {
        issued = null;
        if (!_verifier.TryVerify(wire, time.GetUtcNow(), out MiningJobToken? token, out error))
        {
            error = $"the token {error}";
            return false;
        }
        if (token.Purpose != TokenPurpose.Declaration)
        {
            error = $"the token is good for {token.Purpose}, not for a declaration";
            return false;
        }
        lock (_gate)
            error = _unused.Remove(token.Id, out issued) ? null : "the token was used before, was replaced by newer ones, or was given on another connection";
        return error is null;
    }

    /// <summary>The token of an accepted declaration.</summary>
    public ByteString IssueDeclared(Issued issued, JobCommitment job) => signer.Sign(new MiningJobToken
    {
        Purpose = TokenPurpose.DeclaredJob,
        Id = NewId(),
        ExpiresAt = WholeSecond(time.GetUtcNow() + options.DeclaredLifetime),
        User = issued.Token.User,
        Job = job,
    });

    /// <summary>Forgets those that have expired, and returns the others, the newest first.</summary>
    public IReadOnlyList<Issued> Unused()
    {
        DateTimeOffset now = time.GetUtcNow();
        lock (_gate)
        {
            foreach (Issued expired in _unused.Values.Where(issued => issued.Token.ExpiresAt < now).ToArray())
                _unused.Remove(expired.Token.Id);
            return [.. _unused.Values.OrderByDescending(issued => issued.At)];
        }
    }

    private static UInt128 NewId()
    {
        Span<byte> random = stackalloc byte[16];
        RandomNumberGenerator.Fill(random);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128LittleEndian(random);
    }

    private static DateTimeOffset WholeSecond(DateTimeOffset at) => DateTimeOffset.FromUnixTimeSeconds(at.ToUnixTimeSeconds());

    /// <summary>A token that was given and not used yet.</summary>
    internal sealed record Issued(MiningJobToken Token, Text User, string Fingerprint, DateTimeOffset At);
}
