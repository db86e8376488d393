namespace Volley.Inventory.Expressions;

/// <summary>Splits an expression into the parts that can be evaluated by themselves.</summary>
internal static class ExpressionParts
{
    /// <summary>Returns the items of an expression in which only commas join operands, else the whole expression.</summary>
    public static IEnumerable<(string Text, IReadOnlyList<Term> Terms)> Split(ExpressionSource source, IReadOnlyList<Term> terms)
    {
        if (terms.Any(term => term.Operator != ','))
        {
            yield return (source.Text, terms);
            yield break;
        }
        foreach (Term term in terms)
        {
            if (term.Operand is not NamedHosts named)
            {
                yield return (source.Text[term.Operand.Start..term.Operand.End], [term]);
                continue;
            }
            foreach ((int start, int end) in SplitNames(source, named))
                yield return (source.Text[start..end], [new(',', new NamedHosts(start, end, source.ParseHosts(start, end)))]);
        }
    }

    /// <summary>Returns whether an operand matches, also one in parentheses.</summary>
    public static bool Contain(this IReadOnlyList<Term> terms, Predicate<Operand> isMatch) =>
        terms.Any(term => isMatch(term.Operand) || (term.Operand is NestedOperand nested && nested.Terms.Contain(isMatch)));

    private static IEnumerable<(int Start, int End)> SplitNames(ExpressionSource source, NamedHosts named)
    {
        var items = new ItemReader(source);
        for (int start = named.Start; start < named.End;)
        {
            if (source.Text[start] == ',' || char.IsWhiteSpace(source.Text[start]))
            {
                start++;
                continue;
            }
            int end = items.FindEnd(start);
            yield return (start, end);
            start = end;
        }
    }
}
