using System.Globalization;
using System.Text;
using Volley.Cli.Terminal;

namespace Volley.Cli.Completion;

/// <summary>The question of a completion script, and the form of the answer.</summary>
/// <remarks>
/// The first argument names the form. <c>[bash:TYPE] LINE WORD</c> has the text in front of the cursor, the end of it that bash replaces, and bash's
/// COMP_TYPE. <c>[zsh] WORD...</c> has the words without their quotes, and <c>[fish] LINE</c> the text in front of the cursor.
/// <c>[suggest:POSITION] LINE</c> asks for whole arguments, for the text up to a position.
/// </remarks>
internal sealed class CompletionRequest
{
    // COMP_TYPE of a list that a second Tab shows (Programmable Completion in bash(1)).
    private const string Listing = "63";

    private static readonly string[] Forms = ["[suggest", "[bash", "[zsh", "[fish"];

    private readonly string _form;
    private readonly string _detail;
    private readonly string _replaced;
    private readonly char _quote;
    private (string Source, string Safe) _described = ("", "");

    private CompletionRequest(string form, string detail, UnfinishedLine line, string replaced)
    {
        (_form, _detail, _replaced, _quote) = (form, detail, replaced, line.Quote);
        Before = line.Words.Count < 2 ? [] : [.. line.Words.Skip(1).SkipLast(1)];
        Unfinished = line.Words.Count < 2 ? null : line.Words[^1];
    }

    /// <summary>The arguments in front of the unfinished one.</summary>
    public string[] Before { get; }

    /// <summary>The unfinished argument; null if the name of the program is unfinished itself.</summary>
    public string? Unfinished { get; }

    /// <summary>Returns whether the arguments of the program are such a request.</summary>
    public static bool Matches(IReadOnlyList<string> arguments) => Array.Exists(Forms, form => arguments[0].StartsWith(form, StringComparison.Ordinal));

    /// <summary>Reads the arguments of the program.</summary>
    public static CompletionRequest Parse(IReadOnlyList<string> arguments)
    {
        var form = Array.Find(Forms, form => arguments[0].StartsWith(form, StringComparison.Ordinal))!;
        var detail = arguments[0][form.Length..].Trim(':', ']');
        switch (form)
        {
            case "[zsh":
                return new CompletionRequest(form, detail, new UnfinishedLine([.. arguments.Skip(1)], '\0'), "");
            case "[bash":
                var line = arguments.ElementAtOrDefault(1) ?? "";
                var word = arguments.ElementAtOrDefault(2) ?? "";
                return new CompletionRequest(form, detail, UnfinishedLine.Split(line, isFish: false), line.EndsWith(word, StringComparison.Ordinal) ? word : "");
            default:
                var text = string.Join(' ', arguments.Skip(1));
                if (int.TryParse(detail, NumberStyles.None, CultureInfo.InvariantCulture, out var end) && end < text.Length)
                    text = text[..end];
                return new CompletionRequest(form, detail, UnfinishedLine.Split(text, isFish: form == "[fish"), "");
        }
    }

    /// <summary>Returns the answer: a line for each suggestion that continues the unfinished argument.</summary>
    public string Format(IEnumerable<Suggestion> suggestions)
    {
        var fitting = suggestions
            .Where(one => one.IsForShell || (one.Text.StartsWith(Unfinished!, StringComparison.Ordinal) && one.IsVisible)).ToArray();
        Array.Sort(fitting, (one, other) => string.CompareOrdinal(one.Text, other.Text));
        var answer = new StringBuilder();
        foreach (var one in fitting)
        {
            if (one.IsForShell)
                answer.Append(one.Text);
            else
                Append(answer, one);
            answer.Append('\n');
        }

        return answer.ToString();
    }

    private void Append(StringBuilder answer, Suggestion one)
    {
        switch (_form)
        {
            case "[bash" when _detail == Listing:
                answer.Append(one.Text, one.Start, one.Text.Length - one.Start);
                break;
            case "[bash":
                // What is typed stays as it is, with its quotes, and only what is added to it needs them.
                AppendQuoted(answer.Append(_replaced), one.Text.AsSpan(Unfinished!.Length));
                break;
            case "[zsh":
                AppendColons(answer, one.Text);
                AppendColons(answer.Append('\t'), one.Text.AsSpan(one.Start));
                if (one.Description.Length > 0)
                    answer.Append(':').Append(Describe(one.Description));
                break;
            case "[fish":
                answer.Append(one.Text).Append('\t').Append(Describe(one.Description));
                break;
            default:
                answer.Append(one.Text);
                break;
        }
    }

    /// <summary>Returns a description that is safe on a terminal. Most hosts have the same as the one before.</summary>
    private string Describe(string description)
    {
        if (!ReferenceEquals(description, _described.Source))
            _described = (description, SafeText.Escape(description.Replace('\t', ' ')));
        return _described.Safe;
    }

    // _describe takes what follows the first colon for the description.
    private static void AppendColons(StringBuilder answer, ReadOnlySpan<char> text)
    {
        foreach (var character in text)
        {
            if (character is ':' or '\\')
                answer.Append('\\');
            answer.Append(character);
        }
    }

    /// <summary>Appends the end of a word, quoted for bash.</summary>
    private void AppendQuoted(StringBuilder answer, ReadOnlySpan<char> text)
    {
        foreach (var character in text)
        {
            if (_quote == '\'' && character == '\'')
                answer.Append("'\\'");
            else if (_quote == '"' ? character is '"' or '\\' or '$' or '`' : _quote != '\'' && !IsUsual(character))
                answer.Append('\\');
            answer.Append(character);
        }
    }

    private static bool IsUsual(char character) =>
        char.IsAsciiLetterOrDigit(character) || character is '.' or '-' or '_' or '+' or '/' or ':' or '=' or '@' or '%' or ',' or '^' || character > '~';
}
