using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Volley.Transports.Processes;

/// <summary>
/// A variable in the environment of a command that identifies all its processes, also those that left its session before anything was stopped. An
/// inherited mark stays in front, so that the program that runs this one finds the same processes.
/// </summary>
internal sealed class CommandMark
{
    private const string Variable = "VOLLEY_COMMAND";

    /// <summary>Separates marks; it does not occur in a value.</summary>
    private const char Separator = ':';

    private static readonly byte[] Start = Encoding.ASCII.GetBytes($"{Variable}=");

    // The timestamp distinguishes processes of this machine with the same id, which exist at different times.
    private static readonly string OurProcess = string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}.{Stopwatch.GetTimestamp()}");
    private static int _count;

    /// <summary>Creates a unique mark.</summary>
    public CommandMark() => Value = $"{OurProcess}.{Interlocked.Increment(ref _count)}";

    /// <summary>The value, which is unique to the command.</summary>
    public string Value { get; }

    /// <summary>Returns the environment with the mark added.</summary>
    /// <param name="environment">The environment, as NAME=VALUE.</param>
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
    /// <param name="environment">The variables, each terminated by a NUL (proc(5)).</param>
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
