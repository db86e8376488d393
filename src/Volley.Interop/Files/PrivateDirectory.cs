using System.Globalization;
using System.Runtime.Versioning;

namespace Volley.Interop.Files;

/// <summary>Directories that only this user can access.</summary>
[SupportedOSPlatform("linux")]
internal static class PrivateDirectory
{
    /// <summary>The directory of this user in /tmp. It depends on no variable, so that all programs of the user find the same one.</summary>
    public static string Temporary => string.Create(CultureInfo.InvariantCulture, $"/tmp/volley-{Accounts.EffectiveUserId()}");

    /// <summary>Creates a directory if it does not exist, and checks that it is private to this user.</summary>
    /// <param name="path">The path.</param>
    /// <param name="remedy">What to do if the directory belongs to another user.</param>
    /// <exception cref="IOException">The directory can't be created, or is not private to this user.</exception>
    public static void Create(string path, string remedy)
    {
        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (FileStatus.OfName(path) is not { IsDirectory: true } status)
            throw new IOException($"{path} is not a directory; remove it");
        if (!status.IsOwn)
            throw new IOException(string.Create(CultureInfo.InvariantCulture, $"{path} belongs to another user (number {status.Owner}); {remedy}"));
        if (status.IsOpenToOthers)
            throw new IOException($"other users may use {path}; run: chmod 700 {path}");
    }
}
