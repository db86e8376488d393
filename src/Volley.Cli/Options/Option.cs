namespace Volley.Cli.Options;

/// <summary>An option: its names, its help, where it may stand, and what the command line says of it.</summary>
/// <param name="names">Its names, the one for messages first.</param>
internal abstract class Option(string[] names)
{
    /// <summary>All names, with their hyphens.</summary>
    public IReadOnlyList<string> Names => names;

    /// <summary>What messages call it: its long name, where it has one.</summary>
    public string Name => names[0];

    /// <summary>The name of one letter; null if it has none.</summary>
    public string? Letter => Array.Find(names, name => name.Length == 2);

    /// <summary>What its value is called in the help; null if it takes none.</summary>
    public string? ValueName { get; init; }

    /// <summary>Its line of the help.</summary>
    public required string Help { get; init; }

    /// <summary>The words that its value can be, as far as they can be listed.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>Whether it means nothing where no connection is made: with local processes.</summary>
    public bool NeedsConnection { get; init; }

    /// <summary>Whether it is about connections that live longer than the run: those of ssh.</summary>
    public bool NeedsKeptConnection { get; init; }

    /// <summary>Why it means nothing where no command is run; null if it has a meaning there.</summary>
    public string? NeedsCommand { get; init; }

    /// <summary>How often it is given.</summary>
    public int Count { get; private set; }

    public bool IsGiven => Count > 0;

    /// <summary>Whether it may be given more than once.</summary>
    public abstract bool MayRepeat { get; }

    /// <summary>Takes one occurrence.</summary>
    /// <param name="value">Its value; empty if it takes none.</param>
    /// <exception cref="UsageException">It can't have that value.</exception>
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

/// <summary>An option with one value, which is the default of its type where it is not given.</summary>
/// <param name="read">Reads the value.</param>
/// <param name="names">Its names.</param>
internal sealed class Option<T>(ValueReader<T> read, params string[] names) : Option(names)
{
    public T? Value { get; private set; }

    public override bool MayRepeat => false;

    protected override void Read(string value) => Value = read(Name, value);
}

/// <summary>An option that may be given several times, each time with a value.</summary>
/// <param name="read">Reads a value.</param>
/// <param name="names">Its names.</param>
internal sealed class ListOption(ValueReader<string> read, params string[] names) : Option(names)
{
    private readonly List<string> _values = [];

    public IReadOnlyList<string> Values => _values;

    public override bool MayRepeat => true;

    protected override void Read(string value) => _values.Add(read(Name, value));
}

/// <summary>Reads the value of an option.</summary>
/// <param name="name">The option's name, for a message.</param>
/// <param name="text">The value.</param>
/// <exception cref="UsageException">The option can't have that value.</exception>
internal delegate T ValueReader<out T>(string name, string text);
