namespace Sv2.Bitcoin;

/// <summary>The opcodes that building output scripts and counting signature operations need.</summary>
internal enum Opcode
{
    Zero = 0x00,
    PushData1 = 0x4c,
    PushData2 = 0x4d,
    PushData4 = 0x4e,
    One = 0x51,
    Sixteen = 0x60,
    Return = 0x6a,
    Dup = 0x76,
    Equal = 0x87,
    EqualVerify = 0x88,
    Hash160 = 0xa9,
    CheckSig = 0xac,
    CheckSigVerify = 0xad,
    CheckMultisig = 0xae,
    CheckMultisigVerify = 0xaf,
    Invalid = 0xff,
}
