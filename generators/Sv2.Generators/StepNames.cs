namespace Sv2.Generators;

/// <summary>Names of the generator's steps, by which tests ask what was made anew and what was not.</summary>
public static class StepNames
{
    /// <summary>A specification file as text.</summary>
    public const string SpecSource = nameof(SpecSource);

    /// <summary>All specification files compiled together.</summary>
    public const string SpecResult = nameof(SpecResult);

    /// <summary>One message.</summary>
    public const string Message = nameof(Message);

    /// <summary>One enumeration, flags or codes.</summary>
    public const string Values = nameof(Values);

    /// <summary>One TLV.</summary>
    public const string Tlv = nameof(Tlv);

    /// <summary>One protocol or extension.</summary>
    public const string Protocol = nameof(Protocol);
}
