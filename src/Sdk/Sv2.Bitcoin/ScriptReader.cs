using System.Buffers.Binary;

namespace Sv2.Bitcoin;

/// <summary>Walks over a script's operations. Stops at the first push that is cut off.</summary>
internal ref struct ScriptReader(ReadOnlySpan<byte> script)
{
    private ReadOnlySpan<byte> _rest = script;

    /// <summary>Whether everything was read; false after a push that is cut off.</summary>
    public readonly bool AtEnd => _rest.IsEmpty;

    public bool Next(out Opcode opcode, out ReadOnlySpan<byte> data)
    {
        opcode = Opcode.Invalid;
        data = default;
        if (_rest.IsEmpty)
            return false;
        byte code = _rest[0];
        int lengthBytes = (Opcode)code switch
        {
            Opcode.PushData1 => 1,
            Opcode.PushData2 => 2,
            Opcode.PushData4 => 4,
            _ => 0,
        };
        if (_rest.Length < 1 + lengthBytes)
            return false;
        ReadOnlySpan<byte> after = _rest[1..];
        uint length = lengthBytes switch
        {
            1 => after[0],
            2 => BinaryPrimitives.ReadUInt16LittleEndian(after),
            4 => BinaryPrimitives.ReadUInt32LittleEndian(after),
            _ => code < (byte)Opcode.PushData1 ? code : 0u,
        };
        if (length > (uint)(after.Length - lengthBytes))
            return false;
        data = after.Slice(lengthBytes, (int)length);
        _rest = after[(lengthBytes + (int)length)..];
        opcode = (Opcode)code;
        return true;
    }
}
