using System.Runtime.InteropServices;

namespace Volley.Cli.Run;

/// <summary>Signals that .NET has no name for; it takes their numbers.</summary>
internal static class LinuxSignals
{
    /// <summary>SIGUSR1 on Linux.</summary>
    public const PosixSignal User1 = (PosixSignal)10;
}
