using System.Collections.Generic;

namespace Sv2.Spec.Syntax;

// The tree of a file as it was written, with the place of every part. Only the binder reads it; nothing that is cached
// between compilations holds it.

/// <summary>A whole file.</summary>
internal sealed record FileSyntax(string Path, HeaderSyntax Header, List<MessageSyntax> Messages, List<ValuesSyntax> Values, List<TlvSyntax> Tlvs);

/// <summary><c>protocol name</c> or <c>extension number name</c>.</summary>
internal sealed record HeaderSyntax(Token? Number, Token Name, bool IsRegistered, string? Namespace, string Section, string Doc);

/// <summary><c>message Name = number channel direction { fields }</c>.</summary>
internal sealed record MessageSyntax(Token Name, Token Number, bool IsChannel, Model.Direction Direction, string Section, string Doc, List<FieldSyntax> Fields);

/// <summary><c>name TYPE</c> and what may follow the type.</summary>
internal sealed record FieldSyntax(Token Name, TypeSyntax Type, Token? Max, Token? As, Token? Default, string Doc);

/// <summary>A type and, in brackets, its element or size.</summary>
internal sealed record TypeSyntax(Token Name, TypeSyntax? Element, Token? Size);

/// <summary><c>enum</c>, <c>flags</c> or <c>codes</c>.</summary>
internal sealed record ValuesSyntax(Model.ValuesKind Kind, Token Name, TypeSyntax? Type, string Section, string Doc, List<ValueSyntax> Members);

/// <summary>A member of a value list.</summary>
internal sealed record ValueSyntax(Token Name, Token? Number, string Doc);

/// <summary><c>tlv name = number on Message TYPE min max</c>.</summary>
internal sealed record TlvSyntax(Token Name, Token Number, Token On, TypeSyntax Type, Token? Min, Token? Max, string Section, string Doc);
