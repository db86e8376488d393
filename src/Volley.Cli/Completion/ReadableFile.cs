using Volley.Interop;

namespace Volley.Cli.Completion;

/// <summary>The files that a completion reads: a pipe could keep the user waiting, and its content would be lost to the run.</summary>
internal static class ReadableFile
{
    /// <summary>Returns whether a path is a regular file.</summary>
    public static bool Exists(string path) => OperatingSystem.IsLinux() ? FileStatus.Of(path) is { IsRegular: true } : File.Exists(path);

    /// <summary>Returns whether a path is a pipe or a device, whose end may never come.</summary>
    public static bool IsPipe(string path) => OperatingSystem.IsLinux() && FileStatus.Of(path) is { IsRegular: false, IsDirectory: false };
}
