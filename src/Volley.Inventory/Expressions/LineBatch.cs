using System.Text;

namespace Volley.Inventory.Expressions;

/// <summary>Consecutive lines of a host file that only name hosts. They are parsed together, which saves a parser for each of them.</summary>
/// <param name="name">The name of the file.</param>
internal sealed class LineBatch(string name)
{
    private const int MaxLines = 65_536;

    private readonly StringBuilder _text = new();
    private int _first;
    private int _count;

    public bool IsFull => _count >= MaxLines;

    /// <summary>Adds the next line.</summary>
    public void Add(string items, int number)
    {
        if (_count == 0)
            _first = number;
        _count++;
        _text.Append(items).Append('\n');
    }

    /// <summary>Adds the next line, which has no items.</summary>
    public void AddBlank()
    {
        if (_count == 0)
            return;
        _count++;
        _text.Append('\n');
    }

    /// <summary>Returns the expressions of the lines, and removes the lines.</summary>
    public IEnumerable<HostExpression> Take()
    {
        if (_count == 0)
            return [];
        string text = _text.ToString();
        int first = _first;
        _text.Clear();
        _count = 0;
        return HostExpression.TryParseLines(text) is { } list ? [list] : ParseLines(text, first);
    }

    // Each line by itself, so that an error states its line.
    private IEnumerable<HostExpression> ParseLines(string text, int number)
    {
        foreach (string line in text.Split('\n'))
        {
            if (!string.IsNullOrWhiteSpace(line.Replace(',', ' ')))
                yield return HostExpression.ParseLine(line, HostFiles.Origin(name, number));
            number++;
        }
    }
}
