using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Volley.Transports.Processes;

/// <summary>
/// A variable in a command's environment that tells which processes come from it, also those that left its session before anything
/// was stopped. A mark that we have inherited stays in front, so that the program that runs us finds the same processes.
/// </summary>
internal sealed class CommandMark
{
    private const string Variable = "VOLLEY_COMMAND";

    /// <summary>No part of a value.</summary>
    private const char Separator = ':';

    private static readonly byte[] Start = Encoding.ASCII.GetBytes($"{Variable}=");

    // An id that another process of this machine had or gets, it has at another time.
    private static readonly string OurProcess = string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}.{Stopwatch.GetTimestamp()}");
    private static int _count;

    /// <summary>Makes a mark that no other command has.</summary>
    public CommandMark() => Value = $"{OurProcess}.{Interlocked.Increment(ref _count)}";

    /// <summary>What tells the command from others.</summary>
    public string Value { get; }

    /// <summary>Returns an environment with the mark in it.</summary>
    /// <param name="environment">NAME=VALUE words.</param>
    public IReadOnlyList<string> AddTo(IReadOnlyList<string> environment)
    {
        var words = new List<string>(environment.Count + 1);
        var value = Value;
        foreach (var word in environment)
        {
            if (word.StartsWith($"{Variable}=", StringComparison.Ordinal))
                value = $"{word[(Variable.Length + 1)..]}{Separator}{Value}";
            else
                words.Add(word);
        }

        words.Add($"{Variable}={value}");
        return words;
    }

    /// <summary>Returns the values of all marks in a process's environment.</summary>
    /// <param name="environment">Variables, each with a NUL at its end (proc(5)).</param>
    public static IEnumerable<string> ValuesIn(byte[] environment)
    {
        var rest = environment.AsSpan();
        while (!rest.IsEmpty)
        {
            var end = rest.IndexOf((byte)0);
            var variable = end < 0 ? rest : rest[..end];
            if (variable.StartsWith(Start))
                return Encoding.ASCII.GetString(variable[Start.Length..]).Split(Separator);
            rest = end < 0 ? [] : rest[(end + 1)..];
        }

        return [];
    }
}
