using Sv2.Bitcoin;

namespace Sv2.Roles.TemplateProvider.EmbeddedChain;

/// <summary>Finds an unspent output.</summary>
internal delegate bool CoinLookup(OutPoint outpoint, out Coin coin);

/// <summary>What a transaction costs and brings.</summary>
/// <param name="Fee">Satoshi.</param>
/// <param name="Sigops">Sigop cost, on the scale of 80 000 for a block.</param>
internal readonly record struct TransactionCost(long Fee, int Sigops);

/// <summary>The checks of a single transaction against the coins it spends. The same for mempool and blocks.</summary>
internal sealed class TransactionRules(int coinbaseMaturity)
{
    private const int WitnessScaleFactor = 4;
    private const uint LockTimeThreshold = 500_000_000;
    private const uint RelativeLockTimeDisabled = 1u << 31;

    /// <summary>Returns null when the transaction may stand in a block at <paramref name="height"/>, else the reason in Bitcoin Core's words.</summary>
    public string? Check(Transaction transaction, int height, uint medianTimePast, CoinLookup coins, out TransactionCost cost)
    {
        cost = default;
        if (CheckForm(transaction) is { } fault)
            return fault;
        if (!IsFinal(transaction, height, medianTimePast))
            return "bad-txns-nonfinal";
        if (HasRelativeLockTime(transaction))
            return "non-BIP68-final: this chain takes no relative lock times";
        ulong value = 0;
        foreach (ref readonly TxInput input in transaction.Inputs)
        {
            if (!coins(input.PreviousOutput, out Coin coin))
                return "bad-txns-inputs-missingorspent";
            if (coin.IsCoinbase && coin.Height > 0 && height - coin.Height < coinbaseMaturity)
                return "bad-txns-premature-spend-of-coinbase";
            if (!SpendableScript.Unlocks(input, coin.Script))
                return "mandatory-script-verify-flag-failed";
            value += coin.Value;
        }
        if (transaction.OutputValue > value)
            return "bad-txns-in-belowout";
        // None of the scripts that can be spent here has signature operations, so only those of the transaction itself count.
        cost = new TransactionCost((long)(value - transaction.OutputValue), transaction.LegacySigops * WitnessScaleFactor);
        return null;
    }

    private static bool HasRelativeLockTime(Transaction transaction)
    {
        if (transaction.Version < 2)
            return false;
        foreach (ref readonly TxInput input in transaction.Inputs)
            if ((input.Sequence & RelativeLockTimeDisabled) == 0)
                return true;
        return false;
    }

    private static string? CheckForm(Transaction transaction)
    {
        if (transaction.IsCoinbase)
            return "coinbase";
        if (transaction.Outputs.IsEmpty)
            return "bad-txns-vout-empty";
        ulong sum = 0;
        foreach (ref readonly TxOutput output in transaction.Outputs)
        {
            if (output.Value > TxOutput.ValueMax)
                return "bad-txns-vout-toolarge";
            sum += output.Value;
            if (sum > TxOutput.ValueMax)
                return "bad-txns-txouttotal-toolarge";
        }
        HashSet<OutPoint> inputs = [];
        foreach (ref readonly TxInput input in transaction.Inputs)
        {
            if (input.PreviousOutput == OutPoint.Null)
                return "bad-txns-prevout-null";
            if (!inputs.Add(input.PreviousOutput))
                return "bad-txns-inputs-duplicate";
        }
        return null;
    }

    /// <summary>Whether nLockTime lets the transaction into a block at this height (BIP 113).</summary>
    public static bool IsFinal(Transaction transaction, int height, uint medianTimePast)
    {
        uint lockTime = transaction.LockTime;
        if (lockTime == 0 || lockTime < (lockTime < LockTimeThreshold ? (uint)height : medianTimePast))
            return true;
        foreach (ref readonly TxInput input in transaction.Inputs)
            if (input.Sequence != uint.MaxValue)
                return false;
        return true;
    }
}
