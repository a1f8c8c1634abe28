namespace Sv1;

/// <summary>Names of the methods, as UTF-8.</summary>
public static class Sv1Methods
{
    /// <summary>Miner to server: which extensions are wanted (BIP 310).</summary>
    public static ReadOnlySpan<byte> Configure => "mining.configure"u8;

    /// <summary>Miner to server: asks for an extranonce.</summary>
    public static ReadOnlySpan<byte> Subscribe => "mining.subscribe"u8;

    /// <summary>Miner to server: names a worker.</summary>
    public static ReadOnlySpan<byte> Authorize => "mining.authorize"u8;

    /// <summary>Miner to server: a share.</summary>
    public static ReadOnlySpan<byte> Submit => "mining.submit"u8;

    /// <summary>Miner to server: it understands <see cref="SetExtranonce"/>.</summary>
    public static ReadOnlySpan<byte> ExtranonceSubscribe => "mining.extranonce.subscribe"u8;

    /// <summary>Miner to server: the difficulty it would like.</summary>
    public static ReadOnlySpan<byte> SuggestDifficulty => "mining.suggest_difficulty"u8;

    /// <summary>Miner to server: the target it would like.</summary>
    public static ReadOnlySpan<byte> SuggestTarget => "mining.suggest_target"u8;

    /// <summary>Either way: are you there.</summary>
    public static ReadOnlySpan<byte> Ping => "mining.ping"u8;

    /// <summary>Miner to server: the job's transactions. Nobody serves it today.</summary>
    public static ReadOnlySpan<byte> GetTransactions => "mining.get_transactions"u8;

    /// <summary>Server to miner: a job.</summary>
    public static ReadOnlySpan<byte> Notify => "mining.notify"u8;

    /// <summary>Server to miner: difficulty of the jobs to come.</summary>
    public static ReadOnlySpan<byte> SetDifficulty => "mining.set_difficulty"u8;

    /// <summary>Server to miner: extranonce of the jobs to come.</summary>
    public static ReadOnlySpan<byte> SetExtranonce => "mining.set_extranonce"u8;

    /// <summary>Server to miner: version bits that may be rolled from now on (BIP 310).</summary>
    public static ReadOnlySpan<byte> SetVersionMask => "mining.set_version_mask"u8;

    /// <summary>Server to miner: connect elsewhere, or again.</summary>
    public static ReadOnlySpan<byte> Reconnect => "client.reconnect"u8;

    /// <summary>Server to miner: a text for whoever looks at the miner.</summary>
    public static ReadOnlySpan<byte> ShowMessage => "client.show_message"u8;

    /// <summary>Server to miner: which software are you.</summary>
    public static ReadOnlySpan<byte> GetVersion => "client.get_version"u8;
}
