using System.Text;
using Volley.Interop;

namespace Volley.Cli.Terminal;

/// <summary>Asks a question on the controlling terminal, regardless of standard input.</summary>
internal static class TerminalQuestion
{
    private const int MaxAnswerLength = 1024;

    /// <summary>Returns whether there is a terminal.</summary>
    public static bool IsPossible()
    {
        using var terminal = TerminalCalls.OpenControlling();
        return terminal is not null;
    }

    /// <summary>Returns the answer without its newline; null if there is no terminal.</summary>
    public static string? Ask(string question)
    {
        using var terminal = TerminalCalls.OpenControlling();
        if (terminal is null)
            return null;
        Descriptor.WriteAll(terminal, Encoding.UTF8.GetBytes(question));
        var answer = new byte[MaxAnswerLength];
        // A terminal returns a line per read, or less after an end-of-file character.
        var length = 0;
        while (length < answer.Length && !answer.AsSpan(0, length).Contains((byte)'\n') && Descriptor.Read(terminal, answer.AsSpan(length)) is > 0 and var read)
            length += read;
        return Encoding.UTF8.GetString(answer, 0, length).TrimEnd('\n');
    }
}
