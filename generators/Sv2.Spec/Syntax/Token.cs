namespace Sv2.Spec.Syntax;

/// <summary>What a token is.</summary>
internal enum TokenKind
{
    /// <summary>A word: a keyword, a name, or an error code with dashes.</summary>
    Word,

    /// <summary>A number, decimal or hexadecimal.</summary>
    Number,

    /// <summary>Text between double quotes.</summary>
    String,

    /// <summary>A documentation comment, <c>///</c> to the end of the line.</summary>
    Doc,

    /// <summary>One of <c>{ } [ ] = : -&gt; &lt;-&gt;</c>.</summary>
    Punctuation,

    /// <summary>The end of the file.</summary>
    End,
}

/// <summary>The smallest piece of a specification file.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">The characters; for strings and documentation without their marks.</param>
/// <param name="Value">The number, for numbers.</param>
/// <param name="Span">Where it stands.</param>
/// <param name="IsFirstOnLine">Whether only white space stands before it on its line.</param>
internal sealed record Token(TokenKind Kind, string Text, ulong Value, SourceSpan Span, bool IsFirstOnLine)
{
    /// <summary>How an error message names the token.</summary>
    public string Shown => Kind switch
    {
        TokenKind.End => "the end of the file",
        TokenKind.Doc => "a documentation comment",
        TokenKind.String => $"\"{Text}\"",
        _ => $"'{Text}'",
    };
}
