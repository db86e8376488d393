using System.Collections;

namespace Volley.Interop.Text;

/// <summary>
/// The arguments and environment variables of this process as <see cref="SystemText"/>. The runtime decodes bytes that are not UTF-8 as
/// U+FFFD. Only if a text contains this character are the bytes read from /proc (proc(5)).
/// </summary>
internal static class SystemEnvironment
{
    private const string ArgumentsFile = "/proc/self/cmdline";
    private const string VariablesFile = "/proc/self/environ";

    private static readonly Lazy<string[]> RawVariables = new(static () => Read(VariablesFile));

    /// <summary>Returns the last arguments of this process without loss.</summary>
    /// <param name="arguments">The same arguments, as the runtime has decoded them.</param>
    public static string[] Arguments(string[] arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        if (!Array.Exists(arguments, SystemText.MayLack))
            return arguments;
        var all = Read(ArgumentsFile);
        // The runtime's host may precede them.
        return all.Length < arguments.Length ? arguments : all[^arguments.Length..];
    }

    /// <summary>Returns the value of a variable; null if it is not set.</summary>
    public static string? Variable(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var value = Environment.GetEnvironmentVariable(name);
        if (value is null || !SystemText.MayLack(value))
            return value;
        var raw = Array.Find(RawVariables.Value, word => word.StartsWith(name + "=", StringComparison.Ordinal));
        return raw is null ? value : raw[(name.Length + 1)..];
    }

    /// <summary>Returns all variables as NAME=VALUE.</summary>
    public static IReadOnlyList<string> Variables()
    {
        string[] words = [.. Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(variable => $"{variable.Key}={variable.Value}")];
        if (!Array.Exists(words, SystemText.MayLack))
            return words;
        return [.. words.Where(word => !SystemText.MayLack(word)), .. RawVariables.Value.Where(word => SystemText.HasBytes(word) || SystemText.MayLack(word))];
    }

    private static string[] Read(string path)
    {
        try
        {
            var words = SystemText.Decode(File.ReadAllBytes(path)).Split('\0');
            return words[^1].Length == 0 ? words[..^1] : words;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The system is not Linux, or the process may not be inspected.
            return [];
        }
    }

    /// <summary>Returns a path with <c>~/</c> at its beginning replaced by the home directory, if HOME names one.</summary>
    /// <param name="path">The path.</param>
    /// <param name="variable">Returns the value of an environment variable.</param>
    public static string ExpandHome(string path, Func<string, string?> variable) =>
        path.StartsWith("~/", StringComparison.Ordinal) && variable("HOME") is { Length: > 0 } home ? Path.Combine(home, path[2..]) : path;
}
