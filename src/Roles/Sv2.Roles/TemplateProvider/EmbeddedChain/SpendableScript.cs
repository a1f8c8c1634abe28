using System.Security.Cryptography;
using Sv2.Bitcoin;
using Sv2.Protocol;

namespace Sv2.Roles.TemplateProvider.EmbeddedChain;

/// <summary>
/// The locking scripts whose spending the embedded chain understands. It has no script interpreter: an output with any other
/// script can be made (a pool's payout to a real address) but never spent here.
/// </summary>
internal static class SpendableScript
{
    private const byte OpTrue = 0x51;

    private static readonly ByteString WitnessScript = ByteString.Wrap(new[] { OpTrue });

    /// <summary>Bare OP_TRUE: spent with an empty scriptSig, in a transaction without witness.</summary>
    public static Script Bare { get; } = new(WitnessScript);

    /// <summary>P2WSH of OP_TRUE: spent with the script as the only witness item.</summary>
    public static Script PayToWitness { get; } = Script.PayToWitness(0, SHA256.HashData([OpTrue]));

    /// <summary>Whether a coin with this script can be spent on this chain.</summary>
    public static bool IsSpendable(in Script script) => IsBare(script) || IsPayToWitness(script);

    /// <summary>The input that spends <paramref name="coin"/>, whose script must be one of ours.</summary>
    public static TxInput Spend(OutPoint coin, in Script script, uint sequence)
    {
        if (IsBare(script))
            return new TxInput(coin, default, sequence, default);
        if (IsPayToWitness(script))
            return new TxInput(coin, default, sequence, [WitnessScript]);
        throw new ArgumentException($"this chain cannot spend the script {script}", nameof(script));
    }

    /// <summary>Whether <paramref name="input"/> unlocks <paramref name="script"/>.</summary>
    public static bool Unlocks(in TxInput input, in Script script)
    {
        if (input.ScriptSig.Length != 0)
            return false;
        if (IsBare(script))
            return input.Witness.Count == 0;
        return IsPayToWitness(script) && input.Witness.Count == 1 && input.Witness[0] == WitnessScript;
    }

    private static bool IsBare(in Script script) => script.Span.SequenceEqual(Bare.Span);

    private static bool IsPayToWitness(in Script script) => script.Span.SequenceEqual(PayToWitness.Span);
}
