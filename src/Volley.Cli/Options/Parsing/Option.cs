namespace Volley.Cli.Options.Parsing;

/// <summary>An option: its names, its help, the contexts in which it is valid, and its occurrences on the command line.</summary>
/// <param name="names">The names; the first is used in messages.</param>
internal abstract class Option(string[] names)
{
    /// <summary>The names, with their hyphens.</summary>
    public IReadOnlyList<string> Names => names;

    /// <summary>The name used in messages: the long name, if there is one.</summary>
    public string Name => names[0];

    /// <summary>The one-letter name; null if there is none.</summary>
    public string? Letter => Array.Find(names, name => name.Length == 2);

    /// <summary>The name of the value in the help; null if the option takes none.</summary>
    public string? ValueName { get; init; }

    /// <summary>The description in the help.</summary>
    public required string Help { get; init; }

    /// <summary>The possible values, if they can be listed.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>Whether the option has an effect only with a connection, and so none with local processes.</summary>
    public bool NeedsConnection { get; init; }

    /// <summary>Whether the option concerns connections that outlive the run, which only ssh makes.</summary>
    public bool NeedsKeptConnection { get; init; }

    /// <summary>The reason why the option has no effect without a command; null if it has one.</summary>
    public string? NeedsCommand { get; init; }

    /// <summary>The number of its occurrences.</summary>
    public int Count { get; private set; }

    public bool IsGiven => Count > 0;

    /// <summary>Whether it may occur more than once.</summary>
    public abstract bool MayRepeat { get; }

    /// <summary>Adds an occurrence.</summary>
    /// <param name="value">The value; empty if the option takes none.</param>
    /// <exception cref="UsageException">The value is invalid.</exception>
    public void Take(string value)
    {
        Count++;
        Read(value);
    }

    /// <inheritdoc cref="Take"/>
    protected abstract void Read(string value);
}

/// <summary>An option without a value.</summary>
internal sealed class Flag(params string[] names) : Option(names)
{
    public override bool MayRepeat => true;

    protected override void Read(string value)
    {
    }
}

/// <summary>An option with one value, which is the default of its type if the option is not given.</summary>
/// <param name="read">The parser of the value.</param>
/// <param name="names">Its names.</param>
internal sealed class Option<T>(ValueReader<T> read, params string[] names) : Option(names)
{
    public T? Value { get; private set; }

    public override bool MayRepeat => false;

    protected override void Read(string value) => Value = read(Name, value);
}

/// <summary>An option with a value that may be given several times.</summary>
/// <param name="read">The parser of a value.</param>
/// <param name="names">Its names.</param>
internal sealed class ListOption(ValueReader<string> read, params string[] names) : Option(names)
{
    private readonly List<string> _values = [];

    public IReadOnlyList<string> Values => _values;

    public override bool MayRepeat => true;

    protected override void Read(string value) => _values.Add(read(Name, value));
}

/// <summary>Parses the value of an option.</summary>
/// <param name="name">The name of the option, for messages.</param>
/// <param name="text">The value.</param>
/// <exception cref="UsageException">The value is invalid.</exception>
internal delegate T ValueReader<out T>(string name, string text);
