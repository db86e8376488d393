using Volley.Ssh;

namespace Volley.Transfers;

/// <summary>A transfer that failed at one file.</summary>
/// <param name="path">The path at the target, or of the source.</param>
/// <param name="reason">The reason in a few words, which is the same for all targets that fail in the same way.</param>
/// <param name="innerException">The cause; null for none.</param>
internal sealed class TransferException(string path, string reason, Exception? innerException = null)
    : IOException($"{path}: {reason}", innerException)
{
    /// <summary>The reason without the path.</summary>
    public string Reason => reason;

    /// <summary>A change to the job that would avoid the failure.</summary>
    public Remedy Remedy { get; private init; }

    /// <summary>Returns the failure for a directory of a destination that does not exist and is not to be created.</summary>
    public static TransferException NoDirectory(string path) => new(path, "no such directory") { Remedy = Remedy.MakeDirectories };

    /// <summary>Returns the failure of an operation on a file, unless the connection is lost.</summary>
    public static Exception At(string path, SftpException failure) =>
        failure.IsConnectionLost ? failure : new TransferException(path, failure.Reason, failure);
}
