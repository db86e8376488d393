using System.Text;
using Volley.Cli.Terminal;

namespace Volley.Cli.Completion;

/// <summary>A completion of the unfinished argument.</summary>
/// <param name="Text">The whole argument.</param>
/// <param name="Description">A short explanation; empty for none.</param>
/// <param name="Start">Where the part begins that a list of suggestions shows, such as the last item of a host expression.</param>
internal readonly record struct Suggestion(string Text, string Description = "", int Start = 0)
{
    /// <summary>Stands for the names of files, which the shell completes.</summary>
    public static readonly Suggestion Files = new("[files]");

    /// <summary>Stands for the names of directories, which the shell completes.</summary>
    public static readonly Suggestion Directories = new("[directories]");

    /// <summary>Whether the shell completes names of files or directories instead.</summary>
    public bool IsForShell => this == Files || this == Directories;

    /// <summary>Whether the text has only visible characters. Any file can hold others, which must not reach the terminal.</summary>
    public bool IsVisible
    {
        get
        {
            if (!Text.AsSpan().ContainsAnyExceptInRange(' ', '~'))
                return true;
            var previous = 0;
            foreach (var rune in Text.EnumerateRunes())
            {
                // Bytes that are not UTF-8 are enumerated as U+FFFD.
                if (rune.Value == '\t' || rune == Rune.ReplacementChar || SafeText.VisibleForm(rune, previous, isUnicode: true) is not null)
                    return false;
                previous = rune.Value;
            }

            return true;
        }
    }

    /// <summary>Returns the suggestion for an argument that has a text in front of it, such as <c>--hosts=</c>.</summary>
    public Suggestion After(string prefix) => IsForShell || prefix.Length == 0 ? this : this with { Text = prefix + Text, Start = Start + prefix.Length };
}
