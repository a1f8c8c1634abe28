using Sv2.Bitcoin;

namespace Sv2.Roles.TemplateProvider.EmbeddedChain;

/// <summary>
/// Makes synthetic transactions that spend coins of the embedded chain: payments with change, with and without witness,
/// splits and merges, some on top of others that still wait. Keeps the value in circulation, less the fees and a few coins
/// paid to addresses that this chain cannot spend from. Not thread-safe.
/// </summary>
internal sealed class TransactionTrickle
{
    private const int CoinsMin = 256;
    private const int AttemptsMax = 32;
    private const int InputsMax = 3;
    private const ulong OutputValueMin = 10_000;

    // Replaceable (BIP 125) and without relative lock time (BIP 68), as wallets set it.
    private const uint Sequence = 0xfffffffd;

    private readonly Mempool _mempool;
    private readonly Random _random;
    private readonly List<OutPoint> _coins = [];

    public TransactionTrickle(Mempool mempool, Random random)
    {
        _mempool = mempool;
        _random = random;
    }

    /// <summary>Takes up the coins of the chain and of the mempool anew. For the start and after a reorganisation.</summary>
    public void Restart(UtxoSet coins)
    {
        _coins.Clear();
        foreach (Transaction waiting in _mempool.Transactions)
            Learn(waiting);
        foreach ((OutPoint outpoint, Coin coin) in coins.Coins)
            if (SpendableScript.IsSpendable(coin.Script) && (!coin.IsCoinbase || coin.Height == 0))
                _coins.Add(outpoint);
    }

    /// <summary>Makes a transaction that the mempool took; null when it is full or no coin can be spent at present.</summary>
    public Transaction? Next(int nextHeight, uint medianTimePast)
    {
        for (int attempt = 0; attempt < AttemptsMax && !_mempool.IsFull; attempt++)
        {
            List<(OutPoint OutPoint, Coin Coin)> inputs = PickInputs();
            if (inputs.Count == 0 || Make(inputs) is not { } transaction)
                continue;
            // A chain of unconfirmed transactions that is too long is refused; its coins become spendable with the next block.
            if (_mempool.Add(transaction, nextHeight, medianTimePast) is null)
            {
                Learn(transaction);
                return transaction;
            }
            _coins.AddRange(inputs.Select(input => input.OutPoint));
        }
        return null;
    }

    /// <summary>Takes coins out of the list; those that are spent by now are dropped on the way.</summary>
    private List<(OutPoint OutPoint, Coin Coin)> PickInputs()
    {
        int wanted = _coins.Count > 2 * CoinsMin ? InputsMax : 1 + _random.Next(InputsMax);
        List<(OutPoint OutPoint, Coin Coin)> inputs = [];
        while (inputs.Count < wanted && _coins.Count > 0)
        {
            int index = _random.Next(_coins.Count);
            OutPoint outpoint = _coins[index];
            _coins[index] = _coins[^1];
            _coins.RemoveAt(_coins.Count - 1);
            if (_mempool.TryGetUnspent(outpoint, out Coin coin))
                inputs.Add((outpoint, coin));
        }
        return inputs;
    }

    private Transaction? Make(List<(OutPoint OutPoint, Coin Coin)> coins)
    {
        TxInput[] inputs = [.. coins.Select(coin => SpendableScript.Spend(coin.OutPoint, coin.Coin.Script, Sequence))];
        // The first output takes what is left, so it must be one that can be spent again.
        Script[] scripts = [SpendableScript.PayToWitness, .. Enumerable.Range(0, OutputCount() - 1).Select(_ => NextScript())];
        ulong value = coins.Aggregate(0UL, (sum, coin) => sum + coin.Coin.Value);
        TxOutput[] outputs = Array.ConvertAll(scripts, script => new TxOutput(0, script));
        ulong fee = Fee(new Transaction(2, inputs, outputs, 0).Weight);
        if (value < fee + OutputValueMin * (ulong)outputs.Length)
            return null;
        Share(outputs, value - fee);
        return new Transaction(2, inputs, outputs, 0);
    }

    private int OutputCount() => _coins.Count < CoinsMin ? 2 + _random.Next(3) : 1 + _random.Next(3);

    private Script NextScript() => _random.Next(20) switch
    {
        // Someone else's address: such coins leave the game, so there are few of them and they are small.
        0 => Script.PayToPublicKeyHash(RandomBytes(20)),
        < 6 => SpendableScript.Bare,
        _ => SpendableScript.PayToWitness,
    };

    /// <summary>Shares the value out at random; outputs that this chain cannot spend get little.</summary>
    private void Share(TxOutput[] outputs, ulong value)
    {
        ulong spare = value - OutputValueMin * (ulong)outputs.Length;
        for (int i = 1; i < outputs.Length; i++)
        {
            ulong part = OutputValueMin;
            if (SpendableScript.IsSpendable(outputs[i].Script))
                part += (ulong)(spare / (ulong)outputs.Length * _random.NextDouble());
            outputs[i] = outputs[i] with { Value = part };
            value -= part;
        }
        outputs[0] = outputs[0] with { Value = value };
    }

    /// <summary>From 1 to some 60 satoshi per virtual byte, low rates being the most common.</summary>
    private ulong Fee(int weight)
    {
        double rate = Math.Exp(_random.NextDouble() * _random.NextDouble() * 4.1);
        return (ulong)Math.Ceiling(rate * ((weight + 3) / 4)) + 1;
    }

    private void Learn(Transaction transaction)
    {
        for (int i = 0; i < transaction.Outputs.Length; i++)
            if (SpendableScript.IsSpendable(transaction.Outputs[i].Script))
                _coins.Add(new OutPoint(transaction.Txid, (uint)i));
    }

    private byte[] RandomBytes(int count)
    {
        byte[] bytes = new byte[count];
        _random.NextBytes(bytes);
        return bytes;
    }
}
