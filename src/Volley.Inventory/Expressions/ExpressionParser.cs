namespace Volley.Inventory.Expressions;

/// <summary>Parses an expression: operands, joined by operators of equal precedence that associate to the left.</summary>
internal sealed class ExpressionParser(ExpressionSource source, bool isFilter)
{
    private const int MaxDepth = 100;

    private readonly ItemReader _items = new(source);
    private readonly string _text = source.Text;
    private int _position;
    private int _depth;

    /// <summary>Parses the whole text. Operands are validated; no file is opened, and no source is consulted.</summary>
    /// <exception cref="HostListException">The expression is invalid.</exception>
    public IReadOnlyList<Term> Parse()
    {
        if (string.IsNullOrWhiteSpace(_text))
            throw source.Error(0, isFilter ? "the pattern is empty; write one such as web*" : "no hosts; name at least one, as in web1 or web[1-3]");
        return ParseTerms(open: -1);
    }

    private List<Term> ParseTerms(int open)
    {
        var terms = new List<Term>();
        int itemsStart = -1, itemsEnd = 0;
        for (char @operator = ','; ;)
        {
            SkipBlanks();
            // Loops of shell scripts produce a trailing comma, which clush and pdsh accept.
            bool endsWithComma = open < 0 && @operator == ',' && _position == _text.Length && (terms.Count > 0 || itemsStart >= 0);
            if (!endsWithComma)
            {
                CheckOperandBegins(@operator, isFirst: terms.Count == 0 && itemsStart < 0, open);
                // Items with only commas between them are parsed in one go, because lists are long and expressions are short.
                if (@operator == ',' && ReadNamedItem() is var (start, end))
                {
                    itemsStart = itemsStart < 0 ? start : itemsStart;
                    itemsEnd = end;
                }
                else
                {
                    AddItems(terms, ref itemsStart, itemsEnd);
                    terms.Add(new(@operator, ParseOperand()));
                }
                SkipBlanks();
            }
            if (_position == _text.Length)
            {
                if (open >= 0)
                    throw source.Error(open, "the parenthesis is not closed; add a )");
                AddItems(terms, ref itemsStart, itemsEnd);
                return terms;
            }
            @operator = _text[_position];
            if (@operator == ')')
            {
                if (open < 0)
                    throw source.Error(_position, "a ) without its (; remove it, or open the parenthesis with (");
                AddItems(terms, ref itemsStart, itemsEnd);
                _position++;
                return terms;
            }
            if (!ItemReader.IsOperator(@operator))
                throw MissingOperator();
            if (@operator != ',')
                AddItems(terms, ref itemsStart, itemsEnd);
            _position++;
        }
    }

    private HostListException MissingOperator()
    {
        int end = _position;
        while (char.IsWhiteSpace(_text[end - 1]))
            end--;
        return _text[_position] == '(' ? source.Error(_position, "an operator is missing before the parenthesis; write ',', '!', '&' or '^'")
            : _text[end - 1] == ')' ? source.Error(_position, "an operator is missing after the parenthesis; write ',', '!', '&' or '^'")
            : end == _position ? source.Error(end, "text after the quoted value; separate items with commas")
            : isFilter && _text.LastIndexOf('=', end - 1) > _text.LastIndexOfAny([',', '!', '&', '^', '(', ')'], end - 1)
                ? source.Error(end, "white space within a value; write the value in quotes, as in role='web server'")
            : source.Error(end, "white space within an item; separate items with commas");
    }

    private void CheckOperandBegins(char @operator, bool isFirst, int open)
    {
        bool ends = _position == _text.Length || _text[_position] == ')';
        if (!ends && _text[_position] is not (',' or '!' or '&'))
            return;
        if (!ends && isFirst && _text[_position] != ',')
            throw source.Error(_position, $"the hosts before '{_text[_position]}' are missing; write hosts on both sides of it");
        if (ends && isFirst)
        {
            throw open < 0
                ? source.Error(_position, "a ) without its (; remove it, or open the parenthesis with (")
                : source.Error(open, "the parentheses are empty; write hosts in them");
        }
        throw @operator == ','
            ? source.Error(ends ? _text.LastIndexOf(',', _position - 1) : _position, "an item is empty; remove the extra comma")
            : source.Error(_position, $"the hosts after '{@operator}' are missing; write hosts on both sides of it");
    }

    /// <summary>Reads an item that names hosts, without evaluating it. Returns null at any other operand.</summary>
    private (int Start, int End)? ReadNamedItem()
    {
        if (isFilter || _text[_position] is '(' or '^')
            return null;
        int start = _position;
        int end = _items.FindEnd(start);
        if (ItemReader.IsSpecial(_text.AsSpan(start, end - start)))
            return null;
        _position = end;
        return (start, end);
    }

    private void AddItems(List<Term> terms, ref int start, int end)
    {
        if (start < 0)
            return;
        terms.Add(new(',', new NamedHosts(start, end, source.ParseHosts(start, end))));
        start = -1;
    }

    private Operand ParseOperand()
    {
        int start = _position;
        switch (_text[start])
        {
            case '(':
                if (++_depth > MaxDepth)
                    throw source.Error(start, $"more than {MaxDepth} parentheses are open; write a shorter expression");
                _position++;
                List<Term> terms = ParseTerms(start);
                _depth--;
                return new NestedOperand(start, _position, terms);
            case '^':
                return _items.ReadFile(ref _position);
            case '/' when isFilter:
                return _items.ReadRegex(ref _position);
        }
        if (isFilter && _items.ReadQuotedAttribute(ref _position) is { } attribute)
            return attribute;
        _position = _items.FindEnd(start);
        return isFilter ? _items.ReadFilterItem(start, _position) : _items.ReadItem(start, _position);
    }

    private void SkipBlanks()
    {
        while (_position < _text.Length && char.IsWhiteSpace(_text[_position]))
            _position++;
    }
}
