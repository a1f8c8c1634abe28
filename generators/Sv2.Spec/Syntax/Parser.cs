using System.Collections.Generic;
using Sv2.Spec.Model;

namespace Sv2.Spec.Syntax;

/// <summary>
/// Makes the tree of a file from its tokens. After a mistake inside a declaration it goes on with the next declaration,
/// so that one run reports the mistakes of all of them.
/// </summary>
internal sealed class Parser
{
    private static readonly HashSet<string> DeclarationWords = ["message", "enum", "flags", "codes", "tlv"];

    private readonly string _path;
    private readonly List<Token> _tokens;
    private readonly List<SpecDiagnostic> _diagnostics;
    private int _index;

    private Parser(string path, List<Token> tokens, List<SpecDiagnostic> diagnostics)
    {
        _path = path;
        _tokens = tokens;
        _diagnostics = diagnostics;
    }

    private Token Current => _tokens[_index];

    /// <summary>Parses a file; null when it has no usable first line.</summary>
    public static FileSyntax? Parse(string path, string text, List<SpecDiagnostic> diagnostics)
    {
        List<Token> tokens = Lexer.Tokenize(path, text, diagnostics);
        return new Parser(path, tokens, diagnostics).File();
    }

    private FileSyntax? File()
    {
        HeaderSyntax header;
        try
        {
            header = Header();
        }
        catch (SyntaxException)
        {
            return null;
        }

        FileSyntax file = new(_path, header, [], [], []);
        while (Current.Kind != TokenKind.End)
        {
            try
            {
                Declaration(file);
            }
            catch (SyntaxException)
            {
                SkipToDeclaration();
            }
        }

        return file;
    }

    private HeaderSyntax Header()
    {
        string doc = LeadingDoc();
        bool isExtension = IsWord("extension");
        if (!isExtension && !IsWord("protocol"))
        {
            _diagnostics.Add(SpecRules.MissingHeader.At(_path, Current.Span, Current.Shown));
            throw new SyntaxException();
        }

        _index++;
        Token? number = isExtension ? Expect(TokenKind.Number, "the extension's number") : null;
        Token name = Expect(TokenKind.Word, "a name");
        bool isRegistered = TryWord("registered");
        string? ns = TryWord("namespace") ? Expect(TokenKind.Word, "a namespace").Text : null;
        return new HeaderSyntax(number, name, isRegistered, ns, Section(), doc);
    }

    private void Declaration(FileSyntax file)
    {
        string doc = LeadingDoc();
        Token word = Expect(TokenKind.Word, "'message', 'enum', 'flags', 'codes' or 'tlv'");
        switch (word.Text)
        {
            case "message":
                file.Messages.Add(Message(doc));
                break;
            case "enum":
                file.Values.Add(Values(ValuesKind.Enum, doc));
                break;
            case "flags":
                file.Values.Add(Values(ValuesKind.Flags, doc));
                break;
            case "codes":
                file.Values.Add(Values(ValuesKind.Codes, doc));
                break;
            case "tlv":
                file.Tlvs.Add(Tlv(doc));
                break;
            default:
                throw Unexpected(word, "'message', 'enum', 'flags', 'codes' or 'tlv'");
        }
    }

    private MessageSyntax Message(string doc)
    {
        Token name = Expect(TokenKind.Word, "the message's name");
        ExpectPunctuation("=");
        Token number = Expect(TokenKind.Number, "the message's number");
        bool isChannel = TryWord("channel");
        Direction direction = Direction();
        string section = Section();
        List<FieldSyntax> fields = [];
        ExpectPunctuation("{");
        while (!IsBlockEnd(out string fieldDoc)) fields.Add(Field(fieldDoc));
        return new MessageSyntax(name, number, isChannel, direction, section, doc, fields);
    }

    private Direction Direction()
    {
        Token from = Expect(TokenKind.Word, "'client' or 'server'");
        if (from.Text is not ("client" or "server")) throw Unexpected(from, "'client' or 'server'");
        string expected = from.Text == "client" ? "server" : "client";
        bool isBoth = IsPunctuation("<->");
        if (!isBoth && !IsPunctuation("->")) throw Unexpected(Current, "'->' or '<->'");
        _index++;
        Token to = Expect(TokenKind.Word, $"'{expected}'");
        if (to.Text != expected) throw Unexpected(to, $"'{expected}'");
        return isBoth ? Model.Direction.Both : from.Text == "client" ? Model.Direction.ClientToServer : Model.Direction.ServerToClient;
    }

    private FieldSyntax Field(string leadingDoc)
    {
        Token name = Expect(TokenKind.Word, "a field's name");
        TypeSyntax type = Type();
        Token? max = null, values = null, @default = null;
        while (true)
        {
            if (TryWord("max")) max = Expect(TokenKind.Number, "a number");
            else if (TryWord("as")) values = Expect(TokenKind.Word, "the name of an enumeration, flags or codes");
            else if (TryWord("default")) @default = Expect(TokenKind.Number, "a number");
            else break;
        }

        return new FieldSyntax(name, type, max, values, @default, TrailingDoc(leadingDoc));
    }

    private TypeSyntax Type()
    {
        Token name = Expect(TokenKind.Word, "a type");
        if (!IsPunctuation("[")) return new TypeSyntax(name, null, null);
        _index++;
        TypeSyntax type = Current.Kind == TokenKind.Number
            ? new TypeSyntax(name, null, Expect(TokenKind.Number, "a size"))
            : new TypeSyntax(name, Type(), null);
        ExpectPunctuation("]");
        return type;
    }

    private ValuesSyntax Values(ValuesKind kind, string doc)
    {
        Token name = Expect(TokenKind.Word, "a name");
        TypeSyntax? type = null;
        if (kind != ValuesKind.Codes)
        {
            ExpectPunctuation(":");
            type = Type();
        }

        string section = Section();
        List<ValueSyntax> members = [];
        ExpectPunctuation("{");
        while (!IsBlockEnd(out string memberDoc)) members.Add(Member(kind, memberDoc));
        return new ValuesSyntax(kind, name, type, section, doc, members);
    }

    private ValueSyntax Member(ValuesKind kind, string leadingDoc)
    {
        Token name = Expect(TokenKind.Word, "a name");
        Token? number = null;
        if (kind != ValuesKind.Codes)
        {
            ExpectPunctuation("=");
            if (kind == ValuesKind.Flags && !TryWord("bit")) throw Unexpected(Current, "'bit'");
            number = Expect(TokenKind.Number, "a number");
        }

        return new ValueSyntax(name, number, TrailingDoc(leadingDoc));
    }

    private TlvSyntax Tlv(string leadingDoc)
    {
        Token name = Expect(TokenKind.Word, "the TLV's name");
        ExpectPunctuation("=");
        Token number = Expect(TokenKind.Number, "the TLV's number");
        if (!TryWord("on")) throw Unexpected(Current, "'on'");
        Token on = Expect(TokenKind.Word, "a message");
        TypeSyntax type = Type();
        Token? min = TryWord("min") ? Expect(TokenKind.Number, "a number") : null;
        Token? max = TryWord("max") ? Expect(TokenKind.Number, "a number") : null;
        string section = Section();
        return new TlvSyntax(name, number, on, type, min, max, section, TrailingDoc(leadingDoc));
    }

    private string Section() => TryWord("section") ? Expect(TokenKind.String, "a section between quotes").Text : "";

    // Comments before a declaration.
    private string LeadingDoc()
    {
        List<string> lines = [];
        while (Current.Kind == TokenKind.Doc)
        {
            lines.Add(Current.Text);
            _index++;
        }

        return string.Join(" ", lines);
    }

    // A comment on the same line, after the comments before.
    private string TrailingDoc(string leading)
    {
        if (Current.Kind != TokenKind.Doc || Current.IsFirstOnLine) return leading;
        string text = Current.Text;
        _index++;
        return leading.Length == 0 ? text : leading + " " + text;
    }

    private bool IsBlockEnd(out string doc)
    {
        doc = LeadingDoc();
        if (IsPunctuation("}"))
        {
            _index++;
            return true;
        }

        if (Current.Kind == TokenKind.End) throw Unexpected(Current, "'}'");
        return false;
    }

    private bool IsWord(string word) => Current.Kind == TokenKind.Word && Current.Text == word;

    private bool IsPunctuation(string mark) => Current.Kind == TokenKind.Punctuation && Current.Text == mark;

    private bool TryWord(string word)
    {
        if (!IsWord(word) || Current.IsFirstOnLine) return false;
        _index++;
        return true;
    }

    private Token Expect(TokenKind kind, string what)
    {
        if (Current.Kind != kind) throw Unexpected(Current, what);
        return _tokens[_index++];
    }

    private void ExpectPunctuation(string mark)
    {
        if (!IsPunctuation(mark)) throw Unexpected(Current, $"'{mark}'");
        _index++;
    }

    private SyntaxException Unexpected(Token found, string what)
    {
        _diagnostics.Add(SpecRules.UnexpectedToken.At(_path, found.Span, what, found.Shown));
        return new SyntaxException();
    }

    private void SkipToDeclaration()
    {
        while (Current.Kind != TokenKind.End && !(Current is { Kind: TokenKind.Word, IsFirstOnLine: true, Span.Column: 0 } && DeclarationWords.Contains(Current.Text)))
            _index++;
    }

    /// <summary>Leaves a declaration after a mistake that is already reported; never leaves the parser.</summary>
    private sealed class SyntaxException : System.Exception;
}
