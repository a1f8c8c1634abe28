using System.Diagnostics.CodeAnalysis;
using Sv2.Protocol;
using Sv2.Protocol.JobDeclaration;
using Sv2.Roles.JobDeclaration;

namespace Sv2.Roles.JobDeclaratorClient;

/// <summary>
/// Keeps tokens in stock: says when to ask for one, takes those that come, and gives out each once. Knows no
/// connection and no thread; the caller serialises.
/// </summary>
internal sealed class TokenStore(int stock, TimeSpan timeout, TimeSpan ageMax, TimeProvider time)
{
    private readonly Dictionary<uint, long> _asked = [];
    private readonly Queue<MiningToken> _tokens = [];
    private uint _lastRequestId;

    /// <summary>Tokens that can be used, the oldest first.</summary>
    public IReadOnlyCollection<MiningToken> Tokens => _tokens;

    /// <summary>Requests that wait for an answer.</summary>
    public int Asked => _asked.Count;

    /// <summary>Whether a request has gone unanswered for too long: there is no error message, so this is the refusal (6.2).</summary>
    public bool IsOverdue => _asked.Values.Any(since => time.GetElapsedTime(since) >= timeout);

    /// <summary>Says whether to ask for one more token now, and counts it as asked for.</summary>
    public bool TryAsk(out uint requestId)
    {
        DropOld();
        requestId = 0;
        if (_tokens.Count + _asked.Count >= stock)
            return false;
        requestId = unchecked(++_lastRequestId);
        _asked.Add(requestId, time.GetTimestamp());
        return true;
    }

    /// <summary>Takes an answer.</summary>
    /// <param name="message">AllocateMiningJobToken.Success.</param>
    /// <param name="token">The token; it is in stock now.</param>
    /// <param name="fault">What the server did wrong.</param>
    public bool TryPut(in AllocateMiningJobTokenSuccessView message, [NotNullWhen(true)] out MiningToken? token, [NotNullWhen(false)] out string? fault)
    {
        token = null;
        if (!_asked.Remove(message.RequestId))
            fault = $"request_id: {message.RequestId} was not asked";
        else if (!PoolOutputs.TryRead(message.CoinbaseTxOutputs, out PoolOutputs? outputs, out fault))
            fault = $"coinbase_tx_outputs: {fault}";
        else
            token = new MiningToken(ByteString.CopyOf(message.MiningJobToken), ByteString.CopyOf(message.CoinbaseTxOutputs), outputs, time.GetUtcNow());
        if (token is null)
        {
            fault ??= "";
            return false;
        }
        _tokens.Enqueue(token);
        fault = null;
        return true;
    }

    /// <summary>Gives out a token for a coinbase with these outputs. Older tokens with others are of no use any more and are dropped.</summary>
    public MiningToken? Take(ByteString outputBytes)
    {
        DropOld();
        if (!_tokens.Any(token => token.OutputBytes == outputBytes))
            return null;
        while (true)
        {
            MiningToken token = _tokens.Dequeue();
            if (token.OutputBytes == outputBytes)
                return token;
        }
    }

    private void DropOld()
    {
        DateTimeOffset now = time.GetUtcNow();
        while (_tokens.TryPeek(out MiningToken? oldest) && now - oldest.ReceivedAt > ageMax)
            _tokens.Dequeue();
    }
}
