using Sv2.Protocol;

namespace Sv1;

/// <summary>A job as one miner has it: what was in force when it was sent.</summary>
internal struct SentJob
{
    public Sv1Job Job;
    public ByteString Extranonce1;
    public int Extranonce2Size;
    public U256 Target;
    public uint VersionMask;
}
