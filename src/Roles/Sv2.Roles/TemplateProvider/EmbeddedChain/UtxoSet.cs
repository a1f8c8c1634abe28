using Sv2.Bitcoin;
using Sv2.Protocol;

namespace Sv2.Roles.TemplateProvider.EmbeddedChain;

/// <summary>All outputs of the best chain that have not been spent. Not thread-safe.</summary>
internal sealed class UtxoSet
{
    private readonly Dictionary<OutPoint, Coin> _coins = [];

    public int Count => _coins.Count;

    public IEnumerable<KeyValuePair<OutPoint, Coin>> Coins => _coins;

    public bool TryGet(OutPoint outpoint, out Coin coin) => _coins.TryGetValue(outpoint, out coin);

    /// <summary>Spends and makes the coins of a block that has passed its checks.</summary>
    /// <returns>The coins that the block spent, in the order in which <see cref="Disconnect"/> wants them back.</returns>
    public List<SpentCoin> Connect(ReadOnlySpan<Transaction> transactions, int height)
    {
        List<SpentCoin> spent = [];
        foreach (Transaction transaction in transactions)
        {
            bool coinbase = transaction.IsCoinbase;
            if (!coinbase)
            {
                foreach (ref readonly TxInput input in transaction.Inputs)
                {
                    if (!_coins.Remove(input.PreviousOutput, out Coin coin))
                        throw new InvalidOperationException($"block at height {height} spends {input.PreviousOutput}, which is not there");
                    spent.Add(new SpentCoin(input.PreviousOutput, coin));
                }
            }
            Add(transaction, height, coinbase);
        }
        return spent;
    }

    /// <summary>Takes the newest block back.</summary>
    public void Disconnect(ReadOnlySpan<Transaction> transactions, List<SpentCoin> spent)
    {
        int next = spent.Count;
        for (int i = transactions.Length - 1; i >= 0; i--)
        {
            for (int output = 0; output < transactions[i].Outputs.Length; output++)
                _coins.Remove(new OutPoint(transactions[i].Txid, (uint)output));
            if (transactions[i].IsCoinbase)
                continue;
            for (int input = transactions[i].Inputs.Length - 1; input >= 0; input--)
            {
                SpentCoin coin = spent[--next];
                _coins.Add(coin.OutPoint, coin.Coin);
            }
        }
    }

    private void Add(Transaction transaction, int height, bool coinbase)
    {
        for (int i = 0; i < transaction.Outputs.Length; i++)
        {
            ref readonly TxOutput output = ref transaction.Outputs[i];
            if (!output.Script.IsOpReturn)
                _coins.Add(new OutPoint(transaction.Txid, (uint)i), new Coin(output.Value, OwnCopy(output.Script), height, coinbase));
        }
    }

    /// <summary>A script parsed from a block is a slice of it; a coin must not keep the whole block alive.</summary>
    private static Script OwnCopy(in Script script)
    {
        if (script.Span.SequenceEqual(SpendableScript.Bare.Span))
            return SpendableScript.Bare;
        if (script.Span.SequenceEqual(SpendableScript.PayToWitness.Span))
            return SpendableScript.PayToWitness;
        return new Script(ByteString.CopyOf(script.Span));
    }
}

/// <summary>A coin that a block spent, kept so that the block can be taken back.</summary>
internal readonly record struct SpentCoin(OutPoint OutPoint, Coin Coin);
