using System.Runtime.InteropServices;

namespace Volley.Cli.Run;

/// <summary>Signals without a name in .NET, which accepts their raw numbers.</summary>
internal static class LinuxSignals
{
    /// <summary>SIGUSR1 on Linux.</summary>
    public const PosixSignal User1 = (PosixSignal)10;
}
