using System.Collections.Generic;
using System.Globalization;

namespace Sv2.Spec.Syntax;

/// <summary>Cuts a specification file into tokens. A character it does not know is reported and skipped.</summary>
internal sealed class Lexer
{
    private readonly string _path;
    private readonly string _text;
    private readonly List<SpecDiagnostic> _diagnostics;
    private readonly List<Token> _tokens = [];
    private int _position;
    private int _line;
    private int _lineStart;
    private bool _isFirstOnLine = true;

    private Lexer(string path, string text, List<SpecDiagnostic> diagnostics)
    {
        _path = path;
        _text = text;
        _diagnostics = diagnostics;
    }

    /// <summary>All tokens of a file; the last one is its end.</summary>
    public static List<Token> Tokenize(string path, string text, List<SpecDiagnostic> diagnostics)
    {
        Lexer lexer = new(path, text, diagnostics);
        while (lexer._position < text.Length) lexer.Next();
        lexer.Add(TokenKind.End, "", lexer._position, 0);
        return lexer._tokens;
    }

    private void Next()
    {
        char c = _text[_position];
        if (c == '\n') NewLine();
        else if (char.IsWhiteSpace(c) || c == '\uFEFF') _position++;
        else if (At("///")) Doc();
        else if (At("//")) SkipLine();
        else if (c == '"') String();
        else if (IsDigit(c)) Number();
        else if (IsLetter(c)) Word();
        else if (At("<->")) Punctuation(3);
        else if (At("->")) Punctuation(2);
        else if ("{}[]=:".IndexOf(c) >= 0) Punctuation(1);
        else
        {
            _diagnostics.Add(SpecRules.UnexpectedCharacter.At(_path, Span(_position, 1), c.ToString()));
            _position++;
        }
    }

    private void NewLine()
    {
        _position++;
        _line++;
        _lineStart = _position;
        _isFirstOnLine = true;
    }

    private void SkipLine()
    {
        while (_position < _text.Length && _text[_position] != '\n') _position++;
    }

    private void Doc()
    {
        int start = _position;
        SkipLine();
        string text = _text.Substring(start + 3, _position - start - 3).Trim();
        Add(TokenKind.Doc, text, start, _text.Substring(start, _position - start).TrimEnd().Length);
    }

    private void String()
    {
        int start = _position++;
        while (_position < _text.Length && _text[_position] is not ('"' or '\n')) _position++;
        if (_position == _text.Length || _text[_position] == '\n')
        {
            _diagnostics.Add(SpecRules.UnterminatedString.At(_path, Span(start, _position - start)));
            Add(TokenKind.String, _text.Substring(start + 1, _position - start - 1), start, _position - start);
            return;
        }

        _position++;
        Add(TokenKind.String, _text.Substring(start + 1, _position - start - 2), start, _position - start);
    }

    private void Number()
    {
        int start = _position;
        while (_position < _text.Length && (IsLetter(_text[_position]) || IsDigit(_text[_position]))) _position++;
        string text = _text.Substring(start, _position - start);
        bool hex = text.StartsWith("0x", System.StringComparison.Ordinal);
        if (!ulong.TryParse(hex ? text.Substring(2) : text, hex ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture, out ulong value))
            _diagnostics.Add(SpecRules.BadNumber.At(_path, Span(start, text.Length), text));
        Add(TokenKind.Number, text, start, text.Length, value);
    }

    // A dot or a dash belongs to a word when a letter or digit follows, and "-*" may end one: an error code with an open end.
    private void Word()
    {
        int start = _position;
        while (_position < _text.Length)
        {
            char c = _text[_position];
            char next = _position + 1 < _text.Length ? _text[_position + 1] : '\0';
            if (IsLetter(c) || IsDigit(c)) _position++;
            else if (c is '.' or '-' && (IsLetter(next) || IsDigit(next))) _position += 2;
            else if (c == '-' && next == '*')
            {
                _position += 2;
                break;
            }
            else break;
        }

        Add(TokenKind.Word, _text.Substring(start, _position - start), start, _position - start);
    }

    private void Punctuation(int length)
    {
        Add(TokenKind.Punctuation, _text.Substring(_position, length), _position, length);
        _position += length;
    }

    private void Add(TokenKind kind, string text, int start, int length, ulong value = 0)
    {
        _tokens.Add(new Token(kind, text, value, Span(start, length), _isFirstOnLine));
        _isFirstOnLine = false;
    }

    private SourceSpan Span(int start, int length) => new(start, length, _line, start - _lineStart);

    private bool At(string mark) => string.CompareOrdinal(_text, _position, mark, 0, mark.Length) == 0;

    private static bool IsLetter(char c) => c is >= 'a' and <= 'z' or >= 'A' and <= 'Z' or '_';

    private static bool IsDigit(char c) => c is >= '0' and <= '9';
}
