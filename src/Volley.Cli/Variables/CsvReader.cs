using System.Text;

namespace Volley.Cli.Variables;

/// <summary>Reads comma-separated values (RFC 4180). A field in double quotes can have commas, line ends and doubled quotes. Empty lines are skipped.</summary>
/// <param name="text">The text.</param>
/// <param name="error">Returns the exception for a line that is invalid.</param>
internal sealed class CsvReader(string text, Func<int, string, UsageException> error)
{
    private int _position;
    private int _line = 1;

    /// <summary>Returns the records, each with the line that it begins in.</summary>
    public IEnumerable<(int Line, List<string> Fields)> Read()
    {
        while (_position < text.Length)
        {
            var line = _line;
            var fields = ReadRecord();
            if (fields is not [""])
                yield return (line, fields);
        }
    }

    private List<string> ReadRecord()
    {
        var fields = new List<string>();
        while (true)
        {
            fields.Add(_position < text.Length && text[_position] == '"' ? ReadQuoted() : ReadPlain());
            if (_position == text.Length)
                return fields;
            var separator = text[_position++];
            if (separator == ',')
                continue;
            if (separator == '\r' && _position < text.Length && text[_position] == '\n')
                _position++;
            _line++;
            return fields;
        }
    }

    private string ReadPlain()
    {
        var length = text.AsSpan(_position).IndexOfAny(",\r\n");
        var field = length < 0 ? text[_position..] : text.Substring(_position, length);
        _position += field.Length;
        return field;
    }

    private string ReadQuoted()
    {
        var line = _line;
        var field = new StringBuilder();
        for (_position++; _position < text.Length; _position++)
        {
            if (text[_position] == '"')
            {
                if (++_position == text.Length || text[_position] is ',' or '\r' or '\n')
                    return field.ToString();
                if (text[_position] != '"')
                    throw error(_line, "unexpected text after a closing quote; a quote in a quoted field is written twice");
            }
            else if (text[_position] == '\n')
            {
                _line++;
            }

            field.Append(text[_position]);
        }

        throw error(line, "a quote is not closed");
    }
}
