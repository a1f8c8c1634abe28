using System.Buffers.Binary;
using System.Numerics;
using Sv2.Protocol;

namespace Sv2.Bitcoin;

/// <summary>A Bitcoin script, as bytes. Knows the standard output forms and counts signature operations; executes nothing.</summary>
/// <param name="Bytes">The script without a length prefix. Not copied.</param>
public readonly record struct Script(ByteString Bytes)
{
    /// <summary>Most public keys of a bare multisig; also what one costs when its key count cannot be read.</summary>
    private const int MultisigKeysMax = 20;

    private const int WitnessProgramMin = 2;
    private const int WitnessProgramMax = 40;

    /// <summary>Length in bytes.</summary>
    public int Length => Bytes.Length;

    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Span => Bytes.Span;

    /// <summary>Whether this has the form pay-to-script-hash (BIP 16).</summary>
    public bool IsPayToScriptHash =>
        Length == 23 && Span[0] == (byte)Opcode.Hash160 && Span[1] == 20 && Span[22] == (byte)Opcode.Equal;

    /// <summary>Whether this can never be spent, hence carries data only.</summary>
    public bool IsOpReturn => Length > 0 && Span[0] == (byte)Opcode.Return;

    /// <summary>Pay to the hash of a public key.</summary>
    /// <param name="keyHash">20 bytes: RIPEMD-160 of SHA-256 of the key.</param>
    /// <returns>The 25-byte script.</returns>
    public static Script PayToPublicKeyHash(ReadOnlySpan<byte> keyHash) =>
        Of([(byte)Opcode.Dup, (byte)Opcode.Hash160, 20, .. Exactly(keyHash, 20), (byte)Opcode.EqualVerify, (byte)Opcode.CheckSig]);

    /// <summary>Pay to the hash of a script (BIP 16).</summary>
    /// <param name="scriptHash">20 bytes: RIPEMD-160 of SHA-256 of the script.</param>
    /// <returns>The 23-byte script.</returns>
    public static Script PayToScriptHash(ReadOnlySpan<byte> scriptHash) =>
        Of([(byte)Opcode.Hash160, 20, .. Exactly(scriptHash, 20), (byte)Opcode.Equal]);

    /// <summary>Pay to a witness program (BIP 141): version 0 with 20 or 32 bytes, version 1 with 32 bytes for taproot.</summary>
    /// <param name="version">0 to 16.</param>
    /// <param name="program">2 to 40 bytes.</param>
    /// <returns>The script.</returns>
    /// <exception cref="ArgumentException">Version or length is out of range.</exception>
    public static Script PayToWitness(int version, ReadOnlySpan<byte> program)
    {
        if (version is < 0 or > 16)
            throw new ArgumentException($"witness version {version} is not in 0..16", nameof(version));
        if (program.Length is < WitnessProgramMin or > WitnessProgramMax)
            throw new ArgumentException($"witness program of {program.Length} bytes is not in {WitnessProgramMin}..{WitnessProgramMax}", nameof(program));
        return Of([SmallInteger(version), (byte)program.Length, .. program]);
    }

    /// <summary>An output that carries data and can never be spent.</summary>
    /// <param name="data">At most 75 bytes, pushed at once.</param>
    /// <returns>The script.</returns>
    /// <exception cref="ArgumentException"><paramref name="data"/> is too long.</exception>
    public static Script OpReturn(ReadOnlySpan<byte> data)
    {
        if (data.Length >= (int)Opcode.PushData1)
            throw new ArgumentException($"OP_RETURN data of {data.Length} bytes exceeds 75", nameof(data));
        return Of([(byte)Opcode.Return, (byte)data.Length, .. data]);
    }

    /// <summary>Makes a script from hexadecimal digits.</summary>
    /// <param name="hex">The bytes as hex.</param>
    /// <returns>The script.</returns>
    /// <exception cref="FormatException"><paramref name="hex"/> is not hexadecimal.</exception>
    public static Script FromHex(string hex) => Of(Convert.FromHexString(hex));

    /// <summary>Whether this is a witness program (BIP 141), and which.</summary>
    /// <param name="version">The witness version, 0 to 16.</param>
    /// <param name="program">The program, 2 to 40 bytes; a slice of this script.</param>
    /// <returns>Whether it is one.</returns>
    public bool TryGetWitnessProgram(out int version, out ReadOnlySpan<byte> program)
    {
        ReadOnlySpan<byte> bytes = Span;
        version = 0;
        program = default;
        if (bytes.Length is < WitnessProgramMin + 2 or > WitnessProgramMax + 2 || bytes[1] != bytes.Length - 2)
            return false;
        if (bytes[0] != 0 && bytes[0] is < (byte)Opcode.One or > (byte)Opcode.Sixteen)
            return false;
        version = bytes[0] == 0 ? 0 : bytes[0] - (byte)Opcode.One + 1;
        program = bytes[2..];
        return true;
    }

    /// <summary>Counts signature operations without executing anything.</summary>
    /// <param name="accurate">
    /// <see langword="true"/> counts a multisig by its keys (for redeem and witness scripts), <see langword="false"/> always as 20 (for bare scripts).
    /// </param>
    /// <returns>The count; what follows a push that is cut off does not count.</returns>
    public int CountSigops(bool accurate)
    {
        int count = 0;
        Opcode last = Opcode.Invalid;
        ScriptReader reader = new(Span);
        while (reader.Next(out Opcode opcode, out _))
        {
            if (opcode is Opcode.CheckSig or Opcode.CheckSigVerify)
                count++;
            else if (opcode is Opcode.CheckMultisig or Opcode.CheckMultisigVerify)
                count += accurate && last is >= Opcode.One and <= Opcode.Sixteen ? last - Opcode.One + 1 : MultisigKeysMax;
            last = opcode;
        }
        return count;
    }

    /// <summary>The last item a script that only pushes leaves on the stack; what P2SH takes as the redeem script.</summary>
    /// <param name="item">The item; a slice of this script.</param>
    /// <returns><see langword="false"/> when the script does more than push, or is cut off, or is empty.</returns>
    public bool TryGetLastPush(out ReadOnlySpan<byte> item)
    {
        item = default;
        bool any = false;
        ScriptReader reader = new(Span);
        while (reader.Next(out Opcode opcode, out ReadOnlySpan<byte> data))
        {
            if (opcode > Opcode.Sixteen)
                return false;
            item = data;
            any = true;
        }
        return any && reader.AtEnd;
    }

    /// <inheritdoc/>
    public override string ToString() => Bytes.ToString();

    /// <summary>
    /// The push of a number in its shortest form, as BIP 34 wants the block height at the start of a coinbase's script.
    /// </summary>
    internal static byte[] PushNumber(uint value)
    {
        if (value == 0)
            return [0];
        if (value <= 16)
            return [SmallInteger((int)value)];
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        // Script numbers are signed: a set top bit needs one more byte.
        int length = (BitOperations.Log2(value) + 1 + 8) / 8;
        return [(byte)length, .. bytes[..length]];
    }

    private static byte SmallInteger(int value) => value == 0 ? (byte)0 : (byte)((int)Opcode.One + value - 1);

    private static Script Of(byte[] bytes) => new(ByteString.Wrap(bytes));

    private static ReadOnlySpan<byte> Exactly(ReadOnlySpan<byte> bytes, int length) =>
        bytes.Length == length ? bytes : throw new ArgumentException($"{length} bytes expected, {bytes.Length} given", nameof(bytes));
}
