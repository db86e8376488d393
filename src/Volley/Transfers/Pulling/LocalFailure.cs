using Volley.Interop;

namespace Volley.Transfers.Pulling;

/// <summary>The failure of an operation on a local file.</summary>
/// <param name="path">The local path.</param>
/// <param name="failure">The failure.</param>
internal sealed class LocalFailure(string path, Exception failure) : Exception($"{path}: {SystemMessage.Of(failure)}", failure)
{
    private const int ReadOnlyFileSystem = 30;   // EROFS
    private const int QuotaExceeded = 122;       // EDQUOT

    /// <summary>The local path.</summary>
    public string Path { get; } = path;

    /// <summary>The reason without the path.</summary>
    public string Reason { get; } = SystemMessage.Of(failure);

    /// <summary>Whether every further file would fail in the same way.</summary>
    public bool IsGeneral { get; } = failure is IOException
    {
        HResult: Errno.NoSpace or QuotaExceeded or ReadOnlyFileSystem or Errno.InputOutput or Errno.TooManyFiles or Errno.TooManyFilesInSystem,
    };

    /// <summary>Runs an operation on a local file.</summary>
    /// <exception cref="LocalFailure">It failed.</exception>
    public static T Guard<T>(string path, Func<T> operation)
    {
        try
        {
            return operation();
        }
        catch (Exception failure) when (SystemMessage.IsFileFailure(failure))
        {
            throw new LocalFailure(path, failure);
        }
    }

    /// <inheritdoc cref="Guard{T}"/>
    public static void Guard(string path, Action operation) => Guard(path, () =>
    {
        operation();
        return true;
    });
}
