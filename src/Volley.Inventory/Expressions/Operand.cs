namespace Volley.Inventory.Expressions;

/// <summary>An operand of an expression, validated and not yet evaluated.</summary>
/// <param name="Start">The position of its first character.</param>
/// <param name="End">The position after its last character.</param>
internal abstract record Operand(int Start, int End);

/// <summary>Hosts that are named, one item or several with commas between them.</summary>
internal sealed record NamedHosts(int Start, int End, HostList Hosts) : Operand(Start, End);

/// <summary>A host file (<c>^FILE</c>), or standard input (<c>-</c>) if the path is null.</summary>
internal sealed record HostFileOperand(int Start, int End, string? Path) : Operand(Start, End);

/// <summary>A name with wildcards.</summary>
/// <param name="Start">The position of its first character.</param>
/// <param name="End">The position after its last character.</param>
/// <param name="User">The login name, or null.</param>
/// <param name="Pattern">The pattern of the host.</param>
/// <param name="Port">The port, or null.</param>
internal sealed record WildcardHosts(int Start, int End, string? User, string Pattern, int? Port) : Operand(Start, End);

/// <summary>A group, <c>[user@]@[source:]group</c>.</summary>
/// <param name="Start">The position of its first character.</param>
/// <param name="End">The position after its last character.</param>
/// <param name="User">The login name for all members, or null.</param>
/// <param name="Source">The source, or null for the default one.</param>
/// <param name="Group">The name, which can have ranges and wildcards; null for the names of all groups (<c>@@source</c>).</param>
internal sealed record GroupOperand(int Start, int End, string? User, string? Source, string? Group) : Operand(Start, End);

/// <summary>An expression in parentheses.</summary>
internal sealed record NestedOperand(int Start, int End, IReadOnlyList<Term> Terms) : Operand(Start, End);

/// <summary>A regular expression in a filter (<c>/regex/</c>).</summary>
internal sealed record RegexOperand(int Start, int End, string Pattern) : Operand(Start, End);

/// <summary>A host pattern in a filter.</summary>
internal sealed record PatternOperand(int Start, int End, string Pattern) : Operand(Start, End);

/// <summary>A condition on an attribute in a filter (<c>attribute=value</c>).</summary>
internal sealed record AttributeOperand(int Start, int End, string Name, TextPattern Value) : Operand(Start, End);

/// <summary>An operand and the operator before it. The operator of the first term is a comma.</summary>
internal readonly record struct Term(char Operator, Operand Operand);
