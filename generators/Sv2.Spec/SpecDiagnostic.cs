using System;

namespace Sv2.Spec;

/// <summary>One kind of mistake in a specification file.</summary>
/// <param name="Id">Stable identifier, such as <c>SV2G006</c>; <c>docs/diagnostics</c> has a page for each.</param>
/// <param name="Title">What kind of mistake it is, without full stop.</param>
/// <param name="Message">The sentence shown, with places <c>{0}</c>, <c>{1}</c> for details.</param>
public sealed record SpecRule(string Id, string Title, string Message)
{
    /// <summary>A mistake of this kind.</summary>
    public SpecDiagnostic At(string path, SourceSpan span, params string[] arguments) => new(this, path, span, arguments.ToEquatableArray());
}

/// <summary>A mistake in a specification file, at its place.</summary>
/// <param name="Rule">The kind of mistake.</param>
/// <param name="Path">The file.</param>
/// <param name="Span">The place in the file.</param>
/// <param name="Arguments">Details for the rule's message.</param>
public sealed record SpecDiagnostic(SpecRule Rule, string Path, SourceSpan Span, EquatableArray<string> Arguments)
{
    /// <summary>The sentence shown, with its details.</summary>
    public string Message
    {
        get
        {
            object[] arguments = new object[Arguments.Count];
            for (int i = 0; i < arguments.Length; i++) arguments[i] = Arguments[i];
            return string.Format(System.Globalization.CultureInfo.InvariantCulture, Rule.Message, arguments);
        }
    }

    /// <summary>Path, line and column counted from 1, id and sentence, as compilers print them.</summary>
    public override string ToString() => $"{Path}({Span.Line + 1},{Span.Column + 1}): error {Rule.Id}: {Message}";
}
