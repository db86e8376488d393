using System.Text;
using Volley.Cli.Run;
using Volley.Interop.Text;

namespace Volley.Cli.Variables;

/// <summary>
/// The placeholders in a command. In the language of a shell they become variables in double quotes, which no shell parses again, so that a value can't
/// run a command wherever it stands. The arguments of a local process are not parsed by a shell and get the values themselves.
/// </summary>
internal sealed class CommandPlaceholders
{
    private readonly Dictionary<string, Template> _words = [];
    private readonly Template _line;
    private readonly Dictionary<string, Template> _steps = [];

    /// <summary>Parses the placeholders of a command.</summary>
    /// <param name="words">The command, or the arguments of a script.</param>
    /// <param name="steps">The lines of further commands, which a shell parses.</param>
    /// <param name="isLine">Whether a shell parses the words as one line.</param>
    /// <exception cref="UsageException">A brace has no counterpart, or a placeholder stands in quotes.</exception>
    public CommandPlaceholders(IReadOnlyCollection<string> words, IReadOnlyCollection<string> steps, bool isLine)
    {
        try
        {
            _line = Template.Parse(string.Join(' ', words));
            foreach (var word in words)
                _words[word] = Template.Parse(word);
            foreach (var step in steps)
                _steps[step] = Template.Parse(step);
        }
        catch (ArgumentException invalid)
        {
            throw new UsageException($"--placeholders: {invalid.Message}");
        }

        foreach (var line in isLine ? [_line, .. _steps.Values] : _steps.Values.ToArray())
            CheckQuotes(line);
    }

    /// <summary>The names of the placeholders.</summary>
    public IEnumerable<string> Names => _steps.Values.Prepend(_line).SelectMany(line => line.Placeholders);

    /// <summary>Returns the command as a line for the login shell.</summary>
    public string ToLine(HostVariables variables) => _line.Expand(name => ToReference(variables.GetVariable(name)));

    /// <summary>Returns a further command as a line for the login shell.</summary>
    public string ToLine(string step, HostVariables variables) => _steps[step].Expand(name => ToReference(variables.GetVariable(name)));

    /// <summary>Returns an argument as a word of <c>sh</c>.</summary>
    public string ToWord(string argument, HostVariables variables)
    {
        var word = new StringBuilder();
        foreach (var (text, isName) in _words[argument].Parts)
            word.Append(isName ? ToReference(variables.GetVariable(text)) : $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'");
        return word.ToString();
    }

    /// <summary>Returns an argument of a local process.</summary>
    public string Expand(string argument, HostVariables variables, Target target, string user) => !_words.TryGetValue(argument, out var template)
        ? Placeholders.Replace(argument, target, user)
        : string.Concat(template.Parts.Select(part =>
            part.IsName ? variables.GetValue(part.Text, target, user) : Placeholders.Replace(part.Text, target, user)));

    private static string ToReference(string variable) => $"\"${variable}\"";

    /// <summary>
    /// Refuses placeholders in quotes. There a shell would not replace the variable, or another shell that gets the text as its program would run what the
    /// value has. In a here-document the quotes would be part of the text, and in an arithmetic expression bash runs commands that the value names.
    /// </summary>
    private static void CheckQuotes(Template line)
    {
        var place = new PlaceOfPlaceholder();
        foreach (var (text, isName) in line.Parts)
        {
            if (!isName)
                place.Pass(text);
            else if (place.Refusal is { } refusal)
                throw new UsageException($"--placeholders: {{{text}}} {refusal.Replace("NAME", text, StringComparison.Ordinal)}");
        }
    }
}
