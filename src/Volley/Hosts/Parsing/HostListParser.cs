using System.Collections.Immutable;
using System.Security;
using Volley.Interop;
using Volley.Interop.Files;
using Volley.Interop.Text;

namespace Volley.Hosts.Parsing;

/// <summary>Parses an expression into names. The whole expression is checked before a file is opened or a name is created.</summary>
internal sealed class HostListParser(ExpressionText text, HostInput input)
{
    private long _count;

    /// <summary>An item: a name without ranges, user and port, else a pattern, or a source of patterns, which is a file or standard input.</summary>
    private readonly record struct Item(int Position, int End, HostPattern? Pattern, bool IsSource)
    {
        public bool IsName => Pattern is null && !IsSource;
    }

    /// <summary>Validates an expression and reads its files.</summary>
    /// <returns>The names, or only their number if no file is read: <see cref="Expand"/> creates them later.</returns>
    public static (ImmutableArray<Target>? Names, int Count) Parse(string expression, HostInput input)
    {
        var parser = new HostListParser(new ExpressionText(expression), input);
        bool hasSources = false;
        foreach (Item item in parser.ReadItems())
        {
            parser.Count(item);
            hasSources |= item.IsSource;
        }
        if (!hasSources)
            return (null, (int)parser._count);
        ImmutableArray<Target>.Builder names = ImmutableArray.CreateBuilder<Target>();
        foreach (Item item in parser.ReadItems())
        {
            if (item.IsName)
                names.Add(parser.CreateName(item));
            else if (item.Pattern is not null)
                names.AddRange(item.Pattern.Expand());
            else
                parser.Read(item, pattern => names.AddRange(pattern.Expand()));
        }
        return (names.DrainToImmutable(), (int)parser._count);
    }

    /// <summary>Returns the names of a validated expression without files, which are created one by one.</summary>
    public static IEnumerable<Target> Expand(string expression)
    {
        var parser = new HostListParser(new ExpressionText(expression), new HostInput(null));
        foreach (Item item in parser.ReadItems())
        {
            if (item.IsName)
            {
                yield return parser.CreateName(item);
                continue;
            }
            foreach (Target name in item.Pattern!.Expand())
                yield return name;
        }
    }

    /// <summary>Parses an expression that must be one name, without ranges.</summary>
    public static Target ParseOne(string expression)
    {
        var text = new ExpressionText(expression);
        var parser = new HostListParser(text, new HostInput(null));
        Item[] items = [.. parser.ReadItems()];
        if (items is not [var item])
            throw text.Error(items[0].End, "one host is expected here; parse a list with HostList.Parse");
        if (item.IsSource || item.Pattern is { Count: > 1 })
            throw text.Error(item.Position, "one host is expected here; parse a range or a file with HostList.Parse");
        return item.IsName ? parser.CreateName(item) : item.Pattern!.Expand().Single();
    }

    private IEnumerable<Item> ReadItems()
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
            // Loops of shell scripts produce a trailing comma, which clush and pdsh accept.
            if (start == source.Length && end > 0)
                yield break;
            end = FindEnd(start);
            int trimmed = end;
            while (trimmed > start && char.IsWhiteSpace(source[trimmed - 1]))
                trimmed--;
            if (trimmed == start)
                throw text.Error(start < source.Length ? start : source.LastIndexOf(','), "an item is empty; remove the extra comma");
            yield return ReadItem(start, trimmed);
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
            case '-' when end == start + 1:
                return new(start, end, null, IsSource: true);
            case '-':
                throw text.Error(start, "an item must not begin with '-'", Remedy.ExcludeHosts);
        }
        return NameCharacters.IsHost(text.Text.AsSpan(start, end - start))
            ? new(start, end, null, IsSource: false)
            : new(start, end, HostPattern.Parse(text, start, end), IsSource: false);
    }

    private Target CreateName(Item item) => new(text.Text[item.Position..item.End]);

    private void Read(Item item, Action<HostPattern> take)
    {
        if (text.Text[item.Position] == '-')
        {
            ReadFrom(() => input.Take(text, item.Position), "standard input", item.Position, leaveOpen: true, take);
            return;
        }
        string path = text.Text[(item.Position + 1)..item.End];
        ReadFrom(() => Open(path), path, item.Position, leaveOpen: false, take);
    }

    private void ReadFrom(Func<TextReader> open, string name, int position, bool leaveOpen, Action<HostPattern> take)
    {
        TextReader? reader = null;
        try
        {
            reader = open();
            foreach ((HostPattern pattern, ExpressionText line) in HostFile.Read(reader, name))
            {
                Count(pattern.Count, line, pattern.Position);
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
        SystemFile.DirectoryExists(path)
            ? throw new IOException("it is a directory; name a file")
            : new SystemTextReader(SystemFile.OpenStream(path), RegularFile.MaxLength);

    private void Count(Item item)
    {
        if (!item.IsSource)
            Count(item.Pattern?.Count ?? 1, text, item.Position);
    }

    private void Count(long count, ExpressionText place, int position)
    {
        _count += count;
        if (_count > HostList.MaxNames)
            throw place.TooManyNames(position);
    }
}
