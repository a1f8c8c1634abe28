namespace Sv2.Roles.Ledger;

/// <summary>Why the ledger cannot be read or written.</summary>
public enum LedgerFailure
{
    /// <summary>The disk, or the limit set for the file, is full.</summary>
    Full,

    /// <summary>The file, or the folder it belongs in, is not there.</summary>
    Gone,

    /// <summary>The file may not be written.</summary>
    ReadOnly,

    /// <summary>Another process holds the file.</summary>
    Busy,

    /// <summary>The file is not a ledger, or is damaged.</summary>
    Corrupt,

    /// <summary>A newer version of this program wrote the file.</summary>
    SchemaTooNew,

    /// <summary>The operating system reported a fault on reading or writing.</summary>
    Io,
}

/// <summary>The ledger cannot be read or written; the message says why in plain words and names the file.</summary>
public sealed class LedgerException(LedgerFailure failure, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The kind of fault.</summary>
    public LedgerFailure Failure { get; } = failure;
}
