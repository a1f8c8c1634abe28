namespace Sv2.Mining;

/// <summary>The two kinds of channel a client can open (5.2).</summary>
public enum ChannelKind
{
    /// <summary>Header-only mining: the merkle root is fixed per job (5.2.1).</summary>
    Standard,

    /// <summary>The client has extranonce bytes of its own (5.2.2).</summary>
    Extended,
}
