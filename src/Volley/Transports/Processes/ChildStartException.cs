using System.ComponentModel;

namespace Volley.Transports.Processes;

/// <summary>A program can't be started.</summary>
/// <param name="program">Its name.</param>
/// <param name="error">The error number of the system.</param>
internal sealed class ChildStartException(string program, int error)
    : Win32Exception(error, $"{program}: {new Win32Exception(error).Message}")
{
    /// <summary>Whether there is no such program; else it is there, and is not one that can be run.</summary>
    public bool NotFound { get; } = error is Libc.ErrorNotFound or Libc.ErrorNotDirectory;
}
