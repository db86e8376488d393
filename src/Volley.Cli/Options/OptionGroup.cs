namespace Volley.Cli.Options;

/// <summary>Options that belong together, as the help shows them, with what can be said of them alone.</summary>
/// <param name="title">Their title in the help.</param>
internal abstract class OptionGroup(string title)
{
    public string Title => title;

    /// <summary>The options, in the order of the help.</summary>
    public abstract IReadOnlyList<Option> Options { get; }
}
