using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using AnyNode = YamlDotNet.Core.Events.NodeEvent;

namespace Volley.Inventory.Yaml;

/// <summary>Reads a YAML document into nodes that keep their lines. It uses YamlDotNet's parser only, which needs no reflection.</summary>
/// <remarks>Anchors, aliases and merge keys (<c>&lt;&lt;</c>) are resolved. Tags are ignored.</remarks>
internal sealed class YamlReader
{
    private const int MaxDepth = 100;

    private readonly Parser _parser;
    private readonly Dictionary<string, YamlNode> _anchors = [];
    private int _depth;

    private YamlReader(string text) => _parser = new Parser(new StringReader(text));

    /// <summary>Reads the document of a text. Returns null for an empty one.</summary>
    /// <param name="text">The text.</param>
    /// <param name="fail">Creates the exception for an error in a line.</param>
    public static YamlNode? Read(string text, Func<string, int, Exception> fail)
    {
        var reader = new YamlReader(text);
        try
        {
            return reader.ReadDocument();
        }
        catch (InvalidYaml error)
        {
            throw fail(error.Message, error.Line);
        }
        catch (YamlException error)
        {
            // The message begins with the position, which the caller states in its own way.
            string message = error.Message;
            int end = message.StartsWith('(') ? message.IndexOf("): ", StringComparison.Ordinal) : -1;
            throw fail($"the YAML is invalid: {(end < 0 ? message : message[(end + 3)..]).TrimEnd('.')}", (int)error.Start.Line);
        }
        // Of some invalid texts the scanner of YamlDotNet 18 reports only that its state is invalid.
        catch (Exception error) when (error is InvalidOperationException or ArgumentException or IndexOutOfRangeException)
        {
            throw fail("the YAML is invalid here or in the next line", (int)(reader._parser.Current?.End.Line ?? 1));
        }
    }

    private YamlNode? ReadDocument()
    {
        Expect<StreamStart>();
        if (!_parser.TryConsume<DocumentStart>(out _))
            return null;
        YamlNode document = ReadNode();
        Expect<DocumentEnd>();
        if (_parser.Accept<DocumentStart>(out DocumentStart? second))
            throw new InvalidYaml("a second document begins here; write one document in a file", (int)second!.Start.Line);
        return document;
    }

    private YamlNode ReadNode()
    {
        ParsingEvent current = _parser.Consume<ParsingEvent>();
        int line = (int)current.Start.Line;
        if (++_depth > MaxDepth)
            throw new InvalidYaml($"nodes are nested more than {MaxDepth} deep", line);
        YamlNode node = current switch
        {
            AnchorAlias alias => _anchors.TryGetValue(alias.Value.Value, out YamlNode? target)
                ? target
                : throw new InvalidYaml($"the alias *{alias.Value.Value} has no anchor before it", line),
            Scalar scalar => new YamlScalar(line, scalar.Value, scalar.Style is ScalarStyle.Plain or ScalarStyle.Any),
            SequenceStart => new YamlList(line, ReadItems()),
            MappingStart => new YamlMap(line, ReadEntries()),
            _ => throw new InvalidYaml("a value is missing", line),
        };
        _depth--;
        if (current is AnyNode { Anchor.IsEmpty: false } anchored)
            _anchors[anchored.Anchor.Value] = node;
        return node;
    }

    private List<YamlNode> ReadItems()
    {
        var items = new List<YamlNode>();
        while (!_parser.Accept<SequenceEnd>(out _))
            items.Add(ReadNode());
        Expect<SequenceEnd>();
        return items;
    }

    private List<KeyValuePair<YamlScalar, YamlNode>> ReadEntries()
    {
        var merged = new List<KeyValuePair<YamlScalar, YamlNode>>();
        var own = new List<KeyValuePair<YamlScalar, YamlNode>>();
        while (!_parser.Accept<MappingEnd>(out _))
        {
            YamlNode key = ReadNode();
            YamlNode value = ReadNode();
            if (key is not YamlScalar name)
                throw new InvalidYaml("a key is a list or a mapping; write a text", key.Line);
            if (name is { Value: "<<", IsPlain: true })
                Merge(merged, value);
            else
                own.Add(new(name, value));
        }
        Expect<MappingEnd>();
        if (merged.Count == 0)
            return own;
        var names = own.Select(entry => entry.Key.Value).ToHashSet();
        return [.. merged.Where(entry => names.Add(entry.Key.Value)), .. own];
    }

    // Of several merged mappings the first has precedence: of entries with the same name, only the first is used.
    private static void Merge(List<KeyValuePair<YamlScalar, YamlNode>> merged, YamlNode value)
    {
        IEnumerable<YamlNode> maps = value is YamlList list ? list.Items : [value];
        foreach (YamlNode map in maps)
        {
            if (map is not YamlMap { Entries: var entries })
                throw new InvalidYaml("<< merges mappings only", map.Line);
            merged.AddRange(entries);
        }
    }

    private void Expect<T>() where T : ParsingEvent
    {
        if (!_parser.TryConsume<T>(out _))
            throw new InvalidYaml(string.Create(CultureInfo.InvariantCulture, $"the document is invalid"), 0);
    }

    private sealed class InvalidYaml(string message, int line) : Exception(message)
    {
        public int Line { get; } = line;
    }
}
