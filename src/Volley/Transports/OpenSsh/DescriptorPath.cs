using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Volley.Transports.OpenSsh;

/// <summary>A path under which a child opens a file or pipe of ours that has no name (proc(5)).</summary>
internal static class DescriptorPath
{
    public static string Of(SafeFileHandle descriptor) =>
        string.Create(CultureInfo.InvariantCulture, $"/proc/{Environment.ProcessId}/fd/{descriptor.DangerousGetHandle()}");
}
