namespace Volley.Cli.Options.Parsing;

/// <summary>A group of options in the help. Derived classes check the options and convert them to settings.</summary>
/// <param name="title">The title in the help.</param>
internal abstract class OptionGroup(string title)
{
    public string Title => title;

    /// <summary>The options, in the order of the help.</summary>
    public abstract IReadOnlyList<Option> Options { get; }
}
