namespace Volley.Cli.Pdsh.Genders;

/// <summary>
/// A genders query: terms <c>attribute[=value]</c>, joined by <c>||</c> (union), <c>&amp;&amp;</c> (intersection) and <c>--</c>
/// (difference), which all have the same precedence and associate to the left. <c>~</c> is the complement; parentheses group.
/// </summary>
internal sealed class GendersQuery
{
    private readonly string _text;
    private readonly GendersNodes _nodes;
    private int _position;

    private GendersQuery(string text, GendersNodes nodes) => (_text, _nodes) = (text, nodes);

    /// <summary>Returns the nodes that match the query, sorted.</summary>
    /// <exception cref="FormatException">The query is invalid.</exception>
    public static IEnumerable<string> Find(string text, GendersNodes nodes)
    {
        var query = new GendersQuery(text, nodes);
        var found = query.ReadUnion();
        query.SkipBlanks();
        if (query._position < text.Length)
            throw new FormatException(text);
        return nodes.Nodes.Where(found.Contains);
    }

    private HashSet<string> ReadUnion()
    {
        var found = ReadTerm();
        while (true)
        {
            if (Take("||"))
                found.UnionWith(ReadTerm());
            else if (Take("&&"))
                found.IntersectWith(ReadTerm());
            else if (Take("--"))
                found.ExceptWith(ReadTerm());
            else
                return found;
        }
    }

    private HashSet<string> ReadTerm()
    {
        if (Take("~"))
        {
            var without = ReadTerm();
            return [.. _nodes.Nodes.Where(node => !without.Contains(node))];
        }

        if (Take("("))
        {
            var inner = ReadUnion();
            return Take(")") ? inner : throw new FormatException(_text);
        }

        var start = _position;
        while (_position < _text.Length && !IsEnd())
            _position++;
        if (_text[start.._position] is "" or "=")
            throw new FormatException(_text);
        var parts = _text[start.._position].Split('=', 2);
        return [.. _nodes.Nodes.Where(node => _nodes.Has(node, parts[0], parts.Length == 2 ? parts[1] : null))];
    }

    private bool IsEnd()
    {
        var rest = _text.AsSpan(_position);
        return rest[0] is ' ' or '(' or ')' or '~' || rest.StartsWith("||") || rest.StartsWith("&&") || rest.StartsWith("--");
    }

    private bool Take(string word)
    {
        SkipBlanks();
        if (!_text.AsSpan(_position).StartsWith(word))
            return false;
        _position += word.Length;
        SkipBlanks();
        return true;
    }

    private void SkipBlanks()
    {
        while (_position < _text.Length && _text[_position] == ' ')
            _position++;
    }
}
