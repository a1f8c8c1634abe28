namespace Sv2.Spec;

/// <summary>A place in a specification file. Lines and columns count from 0, as compilers count them inside.</summary>
/// <param name="Start">Offset of the first character.</param>
/// <param name="Length">Number of characters; a span never crosses a line end.</param>
/// <param name="Line">Line.</param>
/// <param name="Column">Column of the first character.</param>
public readonly record struct SourceSpan(int Start, int Length, int Line, int Column);
