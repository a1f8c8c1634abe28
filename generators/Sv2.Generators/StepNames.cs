namespace Sv2.Generators;

/// <summary>Names of the generator's steps, by which tests ask what was made anew and what was not.</summary>
public static class StepNames
{
    /// <summary>A specification file as text.</summary>
    public const string SpecSource = nameof(SpecSource);

    /// <summary>All specification files compiled together.</summary>
    public const string SpecResult = nameof(SpecResult);

    /// <summary>One message of a specification file.</summary>
    public const string Message = nameof(Message);

    /// <summary>One enumeration, flags or codes.</summary>
    public const string Values = nameof(Values);

    /// <summary>One TLV of a specification file.</summary>
    public const string Tlv = nameof(Tlv);

    /// <summary>One protocol or extension of the specification files.</summary>
    public const string Protocol = nameof(Protocol);

    /// <summary>One message declared with attributes.</summary>
    public const string DeclaredMessage = nameof(DeclaredMessage);

    /// <summary>One TLV declared with attributes.</summary>
    public const string DeclaredTlv = nameof(DeclaredTlv);

    /// <summary>One extension declared with attributes.</summary>
    public const string DeclaredExtension = nameof(DeclaredExtension);
}
