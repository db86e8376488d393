using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Volley.Transports.OpenSsh;

/// <summary>Paths under which a child process opens an unnamed file or pipe of this process (proc(5)).</summary>
internal static class DescriptorPath
{
    public static string Of(SafeFileHandle descriptor) =>
        string.Create(CultureInfo.InvariantCulture, $"/proc/{Environment.ProcessId}/fd/{descriptor.DangerousGetHandle()}");
}
