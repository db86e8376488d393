using System.Globalization;

namespace Volley.Cli.Options.Parsing;

/// <summary>An option without a value on the command line. Files and variables state whether it is on.</summary>
internal sealed class Flag(params string[] names) : Option(names)
{
    /// <summary>The largest number of occurrences that has a meaning of its own.</summary>
    public int MaxCount { get; init; } = 1;

    public override bool MayRepeat => true;

    protected override int Read(string value) => value.Length == 0 ? 1 : ReadCount(value);

    protected override void Reset()
    {
    }

    private int ReadCount(string text) => text.ToUpperInvariant() switch
    {
        "TRUE" or "YES" or "ON" => 1,
        "FALSE" or "NO" or "OFF" => 0,
        _ when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count <= MaxCount => count,
        _ => throw new UsageException($"{Name} takes true or false{(MaxCount > 1 ? $", or a number up to {MaxCount}" : "")}, not '{text}'"),
    };
}

/// <summary>An option with one value, which is the default of its type if the option is not given.</summary>
/// <param name="read">The parser of the value.</param>
/// <param name="names">Its names.</param>
internal sealed class Option<T>(ValueReader<T> read, params string[] names) : Option(names)
{
    public T? Value { get; private set; }

    public override bool MayRepeat => false;

    protected override int Read(string value)
    {
        Value = read(Name, value);
        return 1;
    }

    protected override void Reset() => Value = default;
}

/// <summary>An option whose value can be left out. Files state the value, or whether the option is on.</summary>
/// <param name="read">The parser of the value.</param>
/// <param name="implied">The value of an option without one.</param>
/// <param name="names">Its names.</param>
internal sealed class OptionalOption(ValueReader<string> read, string implied, params string[] names) : Option(names)
{
    /// <summary>The value; null if the option is not given.</summary>
    public string? Value { get; private set; }

    public override bool MayRepeat => false;

    protected override string Complete(string value) => value.ToUpperInvariant() switch
    {
        "" or "TRUE" or "YES" or "ON" => implied,
        "FALSE" or "NO" or "OFF" => "",
        _ => value,
    };

    protected override int Read(string value)
    {
        Value = value.Length == 0 ? null : read(Name, value);
        return value.Length == 0 ? 0 : 1;
    }

    protected override void Reset() => Value = null;
}

/// <summary>An option with a value that may be given several times.</summary>
/// <param name="read">The parser of a value.</param>
/// <param name="names">Its names.</param>
internal sealed class ListOption(ValueReader<string> read, params string[] names) : Option(names)
{
    private readonly List<string> _values = [];

    public IReadOnlyList<string> Values => _values;

    public override bool MayRepeat => true;

    protected override int Read(string value)
    {
        _values.Add(read(Name, value));
        return 1;
    }

    protected override void Reset() => _values.Clear();
}

/// <summary>Parses the value of an option.</summary>
/// <param name="name">The name of the option, for messages.</param>
/// <param name="text">The value.</param>
/// <exception cref="UsageException">The value is invalid.</exception>
/// <exception cref="HostListException">The value is an invalid host expression.</exception>
internal delegate T ValueReader<out T>(string name, string text);
