namespace Sv2.Bitcoin;

/// <summary>Signature operation cost on the scale of BIP 141, where a block may have 80 000.</summary>
public static class SigopCost
{
    private const int WitnessScaleFactor = 4;
    private const int KeyHashLength = 20;
    private const int ScriptHashLength = 32;

    /// <summary>What an input costs beyond the transaction's own scripts: redeem script (BIP 16) and witness (BIP 141).</summary>
    /// <param name="input">The input.</param>
    /// <param name="spent">Locking script of the output it spends.</param>
    /// <returns>The cost; zero for outputs of no known form.</returns>
    public static int OfInput(in TxInput input, Script spent)
    {
        if (!spent.IsPayToScriptHash)
            return OfWitness(input, spent);
        if (!input.ScriptSig.TryGetLastPush(out ReadOnlySpan<byte> redeem))
            return 0;
        Script redeemScript = new(Protocol.ByteString.CopyOf(redeem));
        return WitnessScaleFactor * redeemScript.CountSigops(accurate: true) + OfWitness(input, redeemScript);
    }

    private static int OfWitness(in TxInput input, Script program)
    {
        // Later witness versions count nothing here: taproot has a limit of its own, in each input.
        if (!program.TryGetWitnessProgram(out int version, out ReadOnlySpan<byte> bytes) || version != 0)
            return 0;
        return bytes.Length switch
        {
            KeyHashLength => 1,
            ScriptHashLength when input.Witness.Count > 0 => new Script(input.Witness[input.Witness.Count - 1]).CountSigops(accurate: true),
            _ => 0,
        };
    }
}
