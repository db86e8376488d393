using System.Buffers;
using System.Globalization;
using System.Text;

namespace Volley.Inventory.Expressions;

/// <summary>Reads single operands of an expression.</summary>
internal sealed class ItemReader(ExpressionSource source)
{
    private static readonly SearchValues<char> Ends = SearchValues.Create(",!&^()[]");
    private static readonly SearchValues<char> Wildcards = SearchValues.Create("*?");

    private static readonly SearchValues<char> NotInNames = SearchValues.Create("=,!&^()[]@/ \t\r\n");

    private readonly string _text = source.Text;

    public static bool IsOperator(char character) => character is ',' or '!' or '&' or '^';

    /// <summary>Returns whether an item is anything but hosts that are named: a group, wildcards, standard input.</summary>
    public static bool IsSpecial(ReadOnlySpan<char> item) =>
        item is "-" || item is ['@', ..] || item.Contains("@@", StringComparison.Ordinal) || item.ContainsAny(Wildcards);

    /// <summary>Returns the end of the item: the next operator, parenthesis or white space outside of brackets.</summary>
    public int FindEnd(int start)
    {
        int open = -1;
        for (int i = start; i < _text.Length; i++)
        {
            char character = _text[i];
            if (open < 0 && char.IsWhiteSpace(character))
                return i;
            if (!Ends.Contains(character))
                continue;
            if (character == '[')
                open = open < 0 ? i : throw source.Error(i, "a bracket within a bracket; close the first one, or write several ranges as in [1-3,5-7]");
            else if (character == ']')
                open = open >= 0 ? -1 : throw source.Error(i, "a ] without its [; remove it, or open the range with [");
            else if (open < 0)
                return i;
        }
        return open < 0 ? _text.Length : throw source.Error(open, "the bracket is not closed; add a ]");
    }

    /// <summary>Reads <c>^FILE</c>. A backslash before an operator makes it a part of the name.</summary>
    public HostFileOperand ReadFile(ref int position)
    {
        int start = position++;
        var path = new StringBuilder();
        int blanks = 0;
        for (; position < _text.Length; position++)
        {
            char character = _text[position];
            bool isEscaped = character == '\\' && position + 1 < _text.Length && (Ends.Contains(_text[position + 1]) || _text[position + 1] == '\\');
            if (isEscaped)
                character = _text[++position];
            else if (IsOperator(character) || character == ')')
                break;
            path.Append(character);
            blanks = char.IsWhiteSpace(character) && !isEscaped ? blanks + 1 : 0;
        }
        path.Length -= blanks;
        return path.Length > 0
            ? new(start, position, path.ToString())
            : throw source.Error(start, "the file name after ^ is missing; write ^FILE");
    }

    /// <summary>Reads <c>/regex/</c>. The expression ends at a slash that an operator, a parenthesis, white space or the end follows.</summary>
    public RegexOperand ReadRegex(ref int position)
    {
        int start = position;
        for (int i = start + 1; i < _text.Length; i++)
        {
            if (_text[i] == '\\')
            {
                i++;
                continue;
            }
            if (_text[i] != '/')
                continue;
            if (i + 1 < _text.Length && _text[i + 1] is var next && !IsOperator(next) && next != ')' && !char.IsWhiteSpace(next))
                continue;
            if (i == start + 1)
                throw source.Error(start, "the regular expression is empty; write one as in /^web[0-9]+$/");
            position = i + 1;
            return new(start, position, _text[(start + 1)..i].Replace("\\/", "/", StringComparison.Ordinal));
        }
        throw source.Error(start, "the regular expression is not closed; end it with a slash, as in /^web[0-9]+$/");
    }

    /// <summary>Reads a condition whose value is in quotes, and which can have any characters; returns null at any other item.</summary>
    public AttributeOperand? ReadQuotedAttribute(ref int position)
    {
        int start = position;
        int equal = _text.AsSpan(start).IndexOfAny(NotInNames) + start;
        if (equal <= start || equal + 1 >= _text.Length || _text[equal] != '=' || _text[equal + 1] is not ('"' or '\''))
            return null;
        int close = _text.IndexOf(_text[equal + 1], equal + 2);
        if (close < 0)
            throw source.Error(equal + 1, "the quote is not closed; end the value with another one");
        position = close + 1;
        return new(start, position, _text[start..equal], TextPattern.Create(_text[(equal + 2)..close]));
    }

    /// <summary>Reads an item of a list.</summary>
    public Operand ReadItem(int start, int end)
    {
        ReadOnlySpan<char> item = _text.AsSpan(start, end - start);
        if (item is "-")
            return new HostFileOperand(start, end, Path: null);
        if (item[0] == '@' || item.Contains("@@", StringComparison.Ordinal))
            return ReadGroup(start, end);
        return item.ContainsAny(Wildcards) ? ReadWildcards(start, end) : new NamedHosts(start, end, source.ParseHosts(start, end));
    }

    /// <summary>Reads an item of a filter: a group, a condition on an attribute, or a host pattern.</summary>
    public Operand ReadFilterItem(int start, int end)
    {
        if (_text[start] == '@')
            return ReadGroup(start, end);
        int equal = _text.IndexOf('=', start, end - start);
        if (equal == start)
            throw source.Error(start, "the attribute before '=' is missing; write attribute=value, and its complement as *!attribute=value");
        if (equal > 0)
            return new AttributeOperand(start, end, _text[start..equal], TextPattern.Parse(source, equal + 1, end));
        CheckPattern(start, end);
        return new PatternOperand(start, end, _text[start..end]);
    }

    private GroupOperand ReadGroup(int start, int end)
    {
        string item = _text[start..end];
        int at = item[0] == '@' ? 0 : item.IndexOf("@@", StringComparison.Ordinal) + 1;
        string? user = at == 0 ? null : ReadUser(start, start + at - 1);
        string body = item[(at + 1)..];
        int bodyStart = start + at + 1;
        if (body is ['@', .. var name])
        {
            CheckName(name, bodyStart + 1, "source");
            return new(start, end, user, name.Length == 0 ? null : name, Group: null);
        }
        int colon = body.IndexOf(':', StringComparison.Ordinal);
        string? from = colon < 0 ? null : body[..colon];
        string group = body[(colon + 1)..];
        int groupStart = bodyStart + colon + 1;
        if (from is "")
            throw source.Error(bodyStart, "the source before ':' is missing; write @source:group, or @group for the default source");
        if (group.Length == 0)
            throw source.Error(groupStart, "the group is missing; write @group, @source:group, or @* for all hosts");
        if (from is not null)
            CheckName(from, bodyStart, "source");
        CheckName(group, groupStart, "group");
        return new(start, end, user, from, group);
    }

    private void CheckName(string name, int start, string kind)
    {
        for (int i = 0; i < name.Length; i++)
        {
            if (!GroupName.IsAllowed(name[i]) && !(kind == "group" && name[i] is '*' or '?' or '[' or ']' or ','))
            {
                throw source.Error(start + i, char.IsControl(name[i]) || char.IsWhiteSpace(name[i])
                    ? $"unexpected character U+{(int)name[i]:X4} in the name of a {kind}; write letters, digits and _ . - + = %"
                    : $"unexpected '{name[i]}' in the name of a {kind}; write letters, digits and _ . - + = %");
            }
        }
        if (name.StartsWith('-'))
            throw source.Error(start, $"the name of a {kind} must not begin with '-', which a program would take for an option");
    }

    private WildcardHosts ReadWildcards(int start, int end)
    {
        int at = _text.LastIndexOf('@', end - 1, end - start);
        string? user = at < 0 ? null : ReadUser(start, at);
        int hostStart = at < 0 ? start : at + 1;
        int colon = _text.LastIndexOf(':', end - 1, end - hostStart);
        int? port = null;
        int hostEnd = end;
        if (colon >= 0)
        {
            if (!int.TryParse(_text.AsSpan(colon + 1, end - colon - 1), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
                || number is < 1 or > 65535)
                throw source.Error(colon + 1, "the port is out of range; write a number from 1 to 65535");
            (port, hostEnd) = (number, colon);
        }
        CheckPattern(hostStart, hostEnd);
        return new(start, end, user, _text[hostStart..hostEnd], port);
    }

    private string ReadUser(int start, int end)
    {
        try
        {
            return HostList.Parse(_text[start..end] + "@h") is [{ User: { } user }]
                ? user
                : throw source.Error(start, "unexpected range in the user name of a group or of wildcards; write one item for each user");
        }
        catch (HostListException error)
        {
            throw source.Shift(error, start);
        }
    }

    private void CheckPattern(int start, int end)
    {
        if (start == end)
            throw source.Error(start, "the host is missing; write [user@]host[:port]");
        try
        {
            _ = HostList.Empty.Matching(_text[start..end]);
        }
        catch (HostListException error)
        {
            throw source.Shift(error, start);
        }
    }
}
