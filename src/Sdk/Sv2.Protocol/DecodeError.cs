namespace Sv2.Protocol;

/// <summary>Why bytes could not be read.</summary>
public enum DecodeErrorCode : byte
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>The payload ends inside the field.</summary>
    Truncated,

    /// <summary>A length prefix announces more bytes than the field's type allows.</summary>
    TooLong,

    /// <summary>A length prefix announces fewer bytes than the field allows.</summary>
    TooShort,

    /// <summary>An option's count byte is neither 0 nor 1.</summary>
    BadOption,

    /// <summary>A fixed-length TLV value has another length.</summary>
    WrongLength,
}

/// <summary>What is wrong with a payload: the field, the place and the numbers. Small, and made without allocating.</summary>
/// <param name="Code">What kind of fault it is.</param>
/// <param name="Field">The field's name as the specification spells it, or null when nothing is wrong.</param>
/// <param name="Offset">Where in the payload the field begins.</param>
/// <param name="Actual">
/// For <see cref="DecodeErrorCode.Truncated"/> the bytes that are left from there; otherwise the length or count announced.
/// </param>
/// <param name="Limit">
/// For <see cref="DecodeErrorCode.Truncated"/> the bytes that would be needed at least; otherwise the bound that is broken.
/// </param>
public readonly record struct DecodeError(DecodeErrorCode Code, string? Field, int Offset, int Actual, int Limit)
{
    /// <summary>A sentence for logs and error objects, such as <c>field extranonce_prefix: length 33 exceeds 32</c>.</summary>
    public override string ToString() => Code switch
    {
        DecodeErrorCode.None => "no error",
        DecodeErrorCode.Truncated => $"field {Field}: needs {Limit} bytes at offset {Offset}, {Actual} are left",
        DecodeErrorCode.TooLong => $"field {Field}: length {Actual} exceeds {Limit}",
        DecodeErrorCode.TooShort => $"field {Field}: length {Actual} is below {Limit}",
        DecodeErrorCode.BadOption => $"field {Field}: count {Actual} of an option exceeds {Limit}",
        DecodeErrorCode.WrongLength => $"field {Field}: length {Actual} is not {Limit}",
        _ => $"field {Field}: malformed",
    };
}
