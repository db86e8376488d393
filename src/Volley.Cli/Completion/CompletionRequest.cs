using System.Buffers;
using System.Globalization;
using System.Text;
using Volley.Cli.Terminal;
using Volley.Cli.Terminal.Cells;

namespace Volley.Cli.Completion;

/// <summary>The question of a completion script, and the form of the answer.</summary>
/// <remarks>
/// The first argument names the form. <c>[bash:TYPE] LINE WORD</c> has the text in front of the cursor, the end of it that bash replaces, and bash's
/// COMP_TYPE. <c>[zsh:COLUMNS] WORD...</c> has the words without their quotes, and <c>[fish] LINE</c> the text in front of the cursor.
/// <c>[suggest:POSITION] LINE</c> asks for whole arguments, for the text up to a position.
/// </remarks>
internal sealed class CompletionRequest
{
    // COMP_TYPE of a list that a second Tab shows (Programmable Completion in bash(1)).
    private const string Listing = "63";

    // Of zsh's list: the text in front of a description, and the widest suggestion that all descriptions are behind.
    private const string Separator = "  -- ";
    private const int MaxWidth = 40;

    /// <summary>The answer if there are no suggestions.</summary>
    public const string NoLines = "\n";

    private static readonly SearchValues<char> NotInSingleQuotes = SearchValues.Create("'");
    private static readonly SearchValues<char> NotInDoubleQuotes = SearchValues.Create("\"\\$`");
    // All of ASCII but letters, digits and . - _ + / : = @ % , ^
    private static readonly SearchValues<char> Special = SearchValues.Create(" !\"#$&'()*;<>?[\\]`{|}~");

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
                return new CompletionRequest(
                    form, detail, UnfinishedLine.Split(line, isFish: false), line.EndsWith(word, StringComparison.Ordinal) ? word : "");
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
        var width = _form == "[zsh" ? fitting.Select(one => one.Text.Length - one.Start).Where(length => length <= MaxWidth).DefaultIfEmpty().Max() : 0;
        var answer = new StringBuilder();
        foreach (var one in fitting)
        {
            if (one.IsForShell)
                answer.Append(one.Text);
            else
                Append(answer, one, width);
            answer.Append('\n');
        }

        return answer.Length == 0 ? NoLines : answer.ToString();
    }

    private void Append(StringBuilder answer, Suggestion one, int width)
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
                AppendListed(answer.Append(one.Text).Append('\t'), one, width);
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

    /// <summary>Appends the line that zsh lists: what is completed, and the description in a column behind it.</summary>
    private void AppendListed(StringBuilder answer, Suggestion one, int width)
    {
        var shown = one.Text[one.Start..];
        var used = CellWidth.Measure(shown);
        answer.Append(shown);
        if (one.Description.Length == 0)
            return;
        var column = Math.Max(used, width);
        answer.Append(' ', column - used).Append(Separator);
        var described = Describe(one.Description);
        var room = int.TryParse(_detail, NumberStyles.None, CultureInfo.InvariantCulture, out var columns)
            ? columns - 1 - column - Separator.Length
            : described.Length;
        answer.Append(room >= described.Length ? described : described[..Math.Max(0, room)]);
    }

    /// <summary>Appends the end of a word, quoted for bash.</summary>
    private void AppendQuoted(StringBuilder answer, ReadOnlySpan<char> text)
    {
        var quoted = _quote switch { '\'' => NotInSingleQuotes, '"' => NotInDoubleQuotes, _ => Special };
        for (int special; (special = text.IndexOfAny(quoted)) >= 0; text = text[(special + 1)..])
            answer.Append(text[..special]).Append(_quote == '\'' ? "'\\'" : "\\").Append(text[special]);
        answer.Append(text);
    }
}
