using System.Collections.Immutable;
using System.Security;
using Volley.Interop;
using Volley.Interop.Text;

namespace Volley.Hosts.Parsing;

/// <summary>Parses an expression into names. The whole expression is checked before a file is opened or a name is created.</summary>
internal sealed class HostListParser(ExpressionText text, HostInput input)
{
    private readonly List<Item> _items = [];
    private long _count;

    /// <summary>An item: a pattern, or a source of patterns, which is a file's path, or null for standard input.</summary>
    private readonly record struct Item(int Position, int End, HostPattern? Pattern, string? Path);

    public static ImmutableArray<Target> Parse(string expression, HostInput input)
    {
        var parser = new HostListParser(new ExpressionText(expression), input);
        parser.ReadItems();
        ImmutableArray<Target>.Builder names = ImmutableArray.CreateBuilder<Target>();
        foreach (Item item in parser._items)
            parser.Read(item, pattern => pattern.AddTo(names));
        return names.DrainToImmutable();
    }

    /// <summary>Parses an expression that must be one name, without ranges.</summary>
    public static Target ParseOne(string expression)
    {
        var text = new ExpressionText(expression);
        var parser = new HostListParser(text, new HostInput(null));
        parser.ReadItems();
        if (parser._items.Count > 1)
            throw text.Error(parser._items[0].End, "one host is expected here; parse a list with HostList.Parse");
        Item item = parser._items[0];
        if (item.Pattern is not { Count: 1 })
            throw text.Error(item.Position, "one host is expected here; parse a range or a file with HostList.Parse");
        ImmutableArray<Target>.Builder names = ImmutableArray.CreateBuilder<Target>();
        item.Pattern.AddTo(names);
        return names[0];
    }

    private void ReadItems()
    {
        string source = text.Text;
        if (string.IsNullOrWhiteSpace(source))
            throw text.Error(0, "no hosts; name at least one, as in web1 or web[1-3]");
        int end = -1;
        do
        {
            int start = end + 1;
            while (start < source.Length && char.IsWhiteSpace(source[start]))
                start++;
            end = FindEnd(start);
            int trimmed = end;
            while (trimmed > start && char.IsWhiteSpace(source[trimmed - 1]))
                trimmed--;
            // Loops of shell scripts produce a trailing comma, which clush and pdsh accept.
            if (start == source.Length && _items.Count > 0)
                return;
            if (trimmed == start)
                throw text.Error(start < source.Length ? start : source.LastIndexOf(','), "an item is empty; remove the extra comma");
            _items.Add(ReadItem(start, trimmed));
        }
        while (end < source.Length);
    }

    // Brackets are ordinary characters in a file name.
    private int FindEnd(int start)
    {
        if (start == text.Text.Length || text.Text[start] != '^')
            return ItemScanner.FindEnd(text, start, text.Text.Length, endsAtWhiteSpace: false);
        int comma = text.Text.IndexOf(',', start);
        return comma < 0 ? text.Text.Length : comma;
    }

    private Item ReadItem(int start, int end)
    {
        switch (text.Text[start])
        {
            case '^' when end == start + 1:
                throw text.Error(start, "the file name after ^ is missing; write ^FILE");
            case '^':
                return new(start, end, null, text.Text[(start + 1)..end]);
            case '-' when end == start + 1:
                return new(start, end, null, null);
            case '-':
                throw text.Error(start, "an item must not begin with '-'", Remedy.ExcludeHosts);
        }
        var pattern = HostPattern.Parse(text, start, end);
        Count(pattern, text);
        return new(start, end, pattern, null);
    }

    private void Read(Item item, Action<HostPattern> take)
    {
        if (item.Pattern is not null)
            take(item.Pattern);
        else if (item.Path is null)
            ReadFrom(() => input.Take(text, item.Position), "standard input", item.Position, leaveOpen: true, take);
        else
            ReadFrom(() => Open(item.Path), item.Path, item.Position, leaveOpen: false, take);
    }

    private void ReadFrom(Func<TextReader> open, string name, int position, bool leaveOpen, Action<HostPattern> take)
    {
        TextReader? reader = null;
        try
        {
            reader = open();
            foreach ((HostPattern pattern, ExpressionText line) in HostFile.Read(reader, name))
            {
                Count(pattern, line);
                take(pattern);
            }
        }
        // ArgumentException: a path that is invalid for any file.
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or SecurityException
            or NotSupportedException or ArgumentException or ObjectDisposedException)
        {
            throw new HostListException($"can't read {name}: {SystemMessage.Of(exception)}", text.Text, position, exception);
        }
        finally
        {
            if (!leaveOpen)
                reader?.Dispose();
        }
    }

    // Checked here, because for a directory the system reports "access denied", which is misleading.
    private static SystemTextReader Open(string path) =>
        SystemFile.DirectoryExists(path) ? throw new IOException("it is a directory; name a file") : new SystemTextReader(SystemFile.OpenStream(path));

    private void Count(HostPattern pattern, ExpressionText place)
    {
        _count += pattern.Count;
        if (_count > HostList.MaxNames)
            throw place.TooManyNames(pattern.Position);
    }
}
