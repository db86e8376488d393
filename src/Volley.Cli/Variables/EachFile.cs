using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Volley.Interop;
using Volley.Interop.Text;

namespace Volley.Cli.Variables;

/// <summary>The file of <c>--each</c>: a row of variables for each host.</summary>
internal sealed class EachFile
{
    private const string HostColumn = "host";

    private readonly string _path;
    private readonly Dictionary<string, EachRow> _rows = [];
    private readonly HashSet<string> _columns = [];

    private EachFile(string path) => _path = path;

    /// <summary>Reads a file, and checks that it has one row for each target. Its other rows are for hosts that are not in this run.</summary>
    /// <param name="path">The path: CSV with a header, or a JSON array of objects.</param>
    /// <param name="targets">The targets.</param>
    /// <exception cref="UsageException">The file can't be read, is invalid, or does not fit the targets.</exception>
    public static EachFile Read(string path, ImmutableArray<Target> targets)
    {
        byte[] data;
        try
        {
            data = SystemFile.ReadAllBytes(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--each {path}: {SystemMessage.Of(failure, path)}");
        }

        ReadOnlySpan<byte> text = data.AsSpan().StartsWith("\ufeff"u8) ? data.AsSpan(3) : data;
        var file = new EachFile(path);
        if (text.TrimStart(" \t\r\n"u8) is [(byte)'[', ..])
            file.ReadJson(text);
        else
            file.ReadCsv(SystemText.Decode(text));
        file.Match(targets);
        return file;
    }

    /// <summary>The number of rows for hosts that are not in the run.</summary>
    public int Unused { get; private set; }

    /// <summary>Whether rows have a column.</summary>
    public bool HasColumn(string name) => _columns.Contains(name);

    /// <summary>Returns the row of a target.</summary>
    public EachRow Find(Target target) => TryFind(target)!;

    /// <summary>Checks that each target has a value in a column.</summary>
    /// <exception cref="UsageException">A target has none.</exception>
    public void CheckColumn(string name, ImmutableArray<Target> targets)
    {
        foreach (var target in targets)
        {
            if (Find(target) is var row && !row.Values.ContainsKey(name))
                throw Error(row.Line, $"{target.Label} has no '{name}', which the command names");
        }
    }

    private EachRow? TryFind(Target target) => _rows.GetValueOrDefault(target.Label)
        ?? _rows.GetValueOrDefault(target.Name)
        ?? _rows.GetValueOrDefault((target with { User = null, Port = null }).Name)
        ?? _rows.GetValueOrDefault(target.Host);

    private void Match(ImmutableArray<Target> targets)
    {
        var used = new HashSet<EachRow>(ReferenceEqualityComparer.Instance);
        foreach (var target in targets)
            used.Add(TryFind(target) ?? throw new UsageException($"--each {_path}: no row for {target.Label}"));
        EachRow[] unused = [.. _rows.Values.Where(row => !used.Contains(row))];
        if (unused.Where(row => !Target.TryParse(row.Host, out _)).MinBy(row => row.Line) is { } invalid)
            throw Error(invalid.Line, $"'{invalid.Host}' is no host");
        Unused = unused.Length;
    }

    private void Add(int line, Dictionary<string, string> values)
    {
        if (!values.Remove(HostColumn, out var host) || host.Length == 0)
            throw Error(line, $"no '{HostColumn}'; it names the host of the row");
        foreach (var name in values.Keys)
        {
            if (!Argument.IsVariable(name))
                throw Error(line, $"'{name}' is no name of a variable; use letters, digits and _");
            if (Options.Parsing.Values.IsSetByShells(name))
                throw Error(line, $"'{name}' can't be set: each shell sets it itself");
            _columns.Add(name);
        }

        try
        {
            Argument.Variables(values, nameof(values));
        }
        catch (ArgumentException invalid)
        {
            throw Error(line, invalid.Message.Split(" (Parameter")[0]);
        }

        var row = new EachRow(line, host, values);
        var key = Target.TryParse(host, out var target) ? target.Name : host;
        if (!_rows.TryAdd(key, row))
            throw Error(line, $"'{host}' has a row in line {_rows[key].Line.ToString(CultureInfo.InvariantCulture)} already");
    }

    private void ReadCsv(string text)
    {
        string[]? header = null;
        foreach (var (line, fields) in new CsvReader(text, Error).Read())
        {
            if (header is null)
            {
                header = [.. fields.Select(field => field.Trim())];
                if (!header.Contains(HostColumn))
                    throw Error(line, $"the header has no column '{HostColumn}'; it names the host of a row");
                if (header.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1) is { } twice)
                    throw Error(line, $"two columns are named '{twice.Key}'");
                continue;
            }

            if (fields.Count != header.Length)
                throw Error(line, string.Create(CultureInfo.InvariantCulture, $"{fields.Count} fields, where the header has {header.Length}"));
            Add(line, header.Zip(fields).ToDictionary(pair => pair.First, pair => pair.Second));
        }

        if (header is null)
            throw new UsageException($"--each {_path}: the file is empty; it begins with a header that has a column '{HostColumn}', or is a JSON array");
    }

    private void ReadJson(ReadOnlySpan<byte> text)
    {
        var reader = new Utf8JsonReader(text);
        try
        {
            reader.Read();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                var line = 1 + text[..(int)reader.TokenStartIndex].Count((byte)'\n');
                if (reader.TokenType != JsonTokenType.StartObject)
                    throw Error(line, "an element is no object; a row is an object such as {\"host\": \"web1\", \"role\": \"db\"}");
                Add(line, ReadObject(ref reader, line));
            }

            while (reader.Read())
            {
                // The reader reports what follows the array.
            }
        }
        catch (JsonException invalid)
        {
            throw Error((int)(invalid.LineNumber ?? 0) + 1, "this is no valid JSON");
        }
        catch (InvalidOperationException)
        {
            throw new UsageException($"--each {_path}: a text has an unpaired surrogate or invalid UTF-8");
        }
    }

    private Dictionary<string, string> ReadObject(ref Utf8JsonReader reader, int line)
    {
        var values = new Dictionary<string, string>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            var value = reader.TokenType switch
            {
                JsonTokenType.String => reader.GetString(),
                JsonTokenType.Number => SystemText.Decode(reader.ValueSpan),
                JsonTokenType.True => "true",
                JsonTokenType.False => "false",
                JsonTokenType.Null => null,
                _ => throw Error(line, $"'{name}' is an array or an object; a variable is a text, a number, true or false"),
            };
            if (value is not null && !values.TryAdd(name, value))
                throw Error(line, $"'{name}' occurs twice in a row");
        }

        return values;
    }

    private UsageException Error(int line, string message) => new(string.Create(CultureInfo.InvariantCulture, $"--each {_path} line {line}: {message}"));
}

/// <summary>The variables of a host.</summary>
/// <param name="Line">The line of the row.</param>
/// <param name="Host">The host as it was given.</param>
/// <param name="Values">The variables.</param>
internal sealed record EachRow(int Line, string Host, Dictionary<string, string> Values);
