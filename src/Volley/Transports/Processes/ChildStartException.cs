using System.ComponentModel;
using System.Globalization;
using Volley.Interop;
using Volley.Interop.Text;

namespace Volley.Transports.Processes;

/// <summary>The exception for a program that can't be started.</summary>
/// <param name="words">The program and its arguments.</param>
/// <param name="error">The error number of the system.</param>
internal sealed class ChildStartException(IReadOnlyList<string> words, int error)
    : Win32Exception(error, $"{words[0]}: {Errno.Text(error)}{(error == Errno.ArgumentsTooLong ? LimitOf(words) : "")}")
{
    /// <summary>Whether the program does not exist. Otherwise it exists but can't be run.</summary>
    public bool NotFound { get; } = error is Errno.NoEntry or Errno.NotDirectory;

    private static string LimitOf(IReadOnlyList<string> words)
    {
        var longest = words.Max(word => SystemText.GetByteCount(word));
        return longest > Argument.MaxArgumentBytes
            ? string.Create(
                CultureInfo.InvariantCulture,
                $": an argument has {longest:N0} bytes, and the system takes at most {Argument.MaxArgumentBytes:N0} (MAX_ARG_STRLEN)")
            : ": all arguments and variables together exceed the system's limit (ARG_MAX)";
    }
}
