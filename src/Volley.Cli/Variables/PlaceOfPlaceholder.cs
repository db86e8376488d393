namespace Volley.Cli.Variables;

/// <summary>The place in a command line of a shell up to which it was read, as far as it matters for a placeholder.</summary>
internal sealed class PlaceOfPlaceholder
{
    private char _quote;
    private bool _isEscaped;
    private bool _hasDocument;
    private int _arithmetic;

    /// <summary>Why no placeholder can stand here, with NAME for its name; null if it can.</summary>
    public string? Refusal => _quote != '\0' ? "stands in quotes of the command; end them before it: 'a b '{NAME}' c'"
        : _isEscaped ? "follows a backslash, which would change its quotes; a brace is written twice"
        : _arithmetic > 0 ? "stands in an arithmetic expression, where a value can run commands"
        : _hasDocument ? "follows the beginning of a here-document (<<), which would get its quotes; use printf '%s\\n' {NAME}"
        : null;

    /// <summary>Reads text of the command.</summary>
    public void Pass(string text)
    {
        _isEscaped = false;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && _quote != '\'')
            {
                i++;
                _isEscaped = i == text.Length;
            }
            else if (_quote != '\0')
            {
                if (text[i] == _quote)
                    _quote = '\0';
            }
            else if (text[i] is '\'' or '"')
            {
                _quote = text[i];
            }
            else
            {
                i += PassOperator(text.AsSpan(i));
            }
        }
    }

    /// <summary>Returns how many further characters belong to an operator.</summary>
    private int PassOperator(ReadOnlySpan<char> rest)
    {
        if (rest.StartsWith("<<<"))
            return 2;
        _hasDocument |= rest.StartsWith("<<");
        if (_arithmetic == 0 && (rest.StartsWith("((") || rest.StartsWith("$[")))
        {
            _arithmetic = rest[0] == '(' ? 2 : 1;
            return 1;
        }

        if (_arithmetic > 0)
            _arithmetic += rest[0] is '(' or '[' ? 1 : rest[0] is ')' or ']' ? -1 : 0;
        return 0;
    }
}
