using System.Buffers;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Volley.Cli.Terminal;
using Volley.Interop;
using Volley.Interop.Text;

namespace Volley.Cli.Pdsh.Interactive;

/// <summary>Reads lines from the terminal, with the usual keys of shells for editing and history.</summary>
internal sealed class LineEditor(string prompt, History history) : IDisposable
{
    private readonly SafeFileHandle _input = Descriptor.Standard(0);
    private readonly SafeFileHandle _output = Descriptor.Standard(1);
    private byte[] _incomplete = [];
    private readonly Queue<char> _keys = new();
    private readonly StringBuilder _line = new();
    private string _unfinished = "";
    private int _cursor;
    private int _place;

    /// <summary>Whether ^C ended the last line.</summary>
    public bool WasInterrupted { get; private set; }

    /// <summary>Reads a line. Returns null on ^D, on ^C, and when the terminal is closed.</summary>
    public string? Read()
    {
        var state = TerminalState.Of(_input);
        state?.With(cleared: TerminalState.Echo | TerminalState.Canonical | TerminalState.KeySignals).Apply(_input, keepsInput: true);
        try
        {
            return Edit();
        }
        finally
        {
            state?.Apply(_input, keepsInput: true);
        }
    }

    public void Dispose()
    {
        _input.Dispose();
        _output.Dispose();
    }

    private string? Edit()
    {
        _line.Clear();
        _cursor = 0;
        _place = history.Lines.Count;
        Draw();
        while (true)
        {
            switch (NextKey())
            {
                case null:
                    return End(null);
                case '\r' or '\n':
                    history.Add(_line.ToString());
                    return End(_line.ToString());
                case '\x03':
                    WasInterrupted = true;
                    return End(null);
                case '\x04' when _line.Length == 0:
                    return End(null);
                case var key:
                    Apply(key.Value);
                    Draw();
                    break;
            }
        }
    }

    private void Apply(char key)
    {
        switch (key)
        {
            case '\e':
                ApplySequence();
                break;
            case '\x10':
                Recall(_place - 1);
                break;
            case '\x0e':
                Recall(_place + 1);
                break;
            case '\x01' or '\x02' or '\x05' or '\x06':
                MoveCursor(key);
                break;
            default:
                EditLine(key);
                break;
        }
    }

    private void MoveCursor(char key) => _cursor = key switch
    {
        '\x01' => 0,
        '\x02' => Math.Max(0, _cursor - 1),
        '\x05' => _line.Length,
        _ => Math.Min(_line.Length, _cursor + 1),
    };

    private void EditLine(char key)
    {
        switch (key)
        {
            case '\x7f' or '\b' when _cursor > 0:
                _line.Remove(--_cursor, 1);
                break;
            case '\x04' when _cursor < _line.Length:
                _line.Remove(_cursor, 1);
                break;
            case '\x0b':
                _line.Length = _cursor;
                break;
            case '\x15':
                _line.Remove(0, _cursor);
                _cursor = 0;
                break;
            case '\x17':
                DeleteWord();
                break;
            case >= ' ' and not '\x7f':
                _line.Insert(_cursor++, key);
                break;
        }
    }

    /// <summary>Handles a key that sends a sequence, such as an arrow: ESC [ or ESC O, numbers, and a letter or a tilde.</summary>
    private void ApplySequence()
    {
        if (NextKey() is not ('[' or 'O'))
            return;
        var number = 0;
        char? key;
        while ((key = NextKey()) is >= '0' and <= '9' or ';')
            number = key == ';' ? 0 : (number * 10) + (key.Value - '0');
        Apply((key, number) switch
        {
            ('A', _) => '\x10',
            ('B', _) => '\x0e',
            ('C', _) => '\x06',
            ('D', _) => '\x02',
            ('H', _) or ('~', 1 or 7) => '\x01',
            ('F', _) or ('~', 4 or 8) => '\x05',
            ('~', 3) => '\x04',
            _ => '\0',
        });
    }

    private void DeleteWord()
    {
        var start = _cursor;
        while (start > 0 && _line[start - 1] == ' ')
            start--;
        while (start > 0 && _line[start - 1] != ' ')
            start--;
        _line.Remove(start, _cursor - start);
        _cursor = start;
    }

    private void Recall(int place)
    {
        if (place < 0 || place > history.Lines.Count)
            return;
        if (_place == history.Lines.Count)
            _unfinished = _line.ToString();
        _place = place;
        _line.Clear().Append(place == history.Lines.Count ? _unfinished : history.Lines[place]);
        _cursor = _line.Length;
    }

    /// <summary>Draws the line in one row. If it is too long, draws a part that contains the cursor.</summary>
    private void Draw()
    {
        var room = Math.Max(1, (TerminalCalls.Columns(1) ?? 80) - prompt.Length - 1);
        var first = Math.Max(0, _cursor - room);
        var shown = SafeText.Escape(_line.ToString(first, Math.Min(room, _line.Length - first)));
        Write($"\r{prompt}{shown}\e[K\r\e[{prompt.Length + _cursor - first}C");
    }

    private string? End(string? line)
    {
        Write("\r\n");
        return line;
    }

    private void Write(string text) => _ = Descriptor.Write(_output, Encoding.UTF8.GetBytes(text));

    /// <summary>Returns the number of bytes at the end that form an incomplete character.</summary>
    private static int IncompleteLength(ReadOnlySpan<byte> bytes)
    {
        for (var length = 1; length <= Math.Min(3, bytes.Length); length++)
        {
            if (Rune.DecodeFromUtf8(bytes[^length..], out _, out _) == OperationStatus.NeedMoreData)
                return length;
        }

        return 0;
    }

    private char? NextKey()
    {
        Span<byte> bytes = stackalloc byte[256];
        while (_keys.Count == 0)
        {
            var count = Descriptor.Read(_input, bytes);
            if (count <= 0)
                return null;
            byte[] typed = [.. _incomplete, .. bytes[..count]];
            var cut = IncompleteLength(typed);
            _incomplete = typed[^cut..];
            foreach (var character in SystemText.Decode(typed.AsSpan(0, typed.Length - cut)))
                _keys.Enqueue(character);
        }

        return _keys.Dequeue();
    }
}
