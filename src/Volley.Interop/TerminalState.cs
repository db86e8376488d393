using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Volley.Interop;

/// <summary>The settings of a terminal (termios(3)).</summary>
[SupportedOSPlatform("linux")]
internal sealed unsafe partial class TerminalState
{
    public const uint KeySignals = 0x1;          // ISIG
    public const uint Canonical = 0x2;           // ICANON
    public const uint Echo = 0x8;                // ECHO
    public const uint EchoNewline = 0x40;        // ECHONL

    private const int AfterOutput = 1;           // TCSADRAIN
    private const int DropInput = 2;             // TCSAFLUSH

    // The kernel's struct termios and each C library's on Linux begin with c_iflag, c_oflag, c_cflag, c_lflag.
    private const int LocalFlagsAt = 12;
    private const int Size = 256;

    private readonly byte[] _fields = new byte[Size];

    private TerminalState()
    {
    }

    /// <summary>Returns the settings of a terminal; null if the file is not a terminal, or was closed.</summary>
    public static TerminalState? Of(SafeFileHandle terminal)
    {
        var state = new TerminalState();
        fixed (byte* fields = state._fields)
            return GetAttributes(terminal, fields) == 0 ? state : null;
    }

    /// <summary>Returns these settings with some local flags set and some cleared.</summary>
    public TerminalState With(uint set = 0, uint cleared = 0)
    {
        var changed = new TerminalState();
        _fields.CopyTo(changed._fields, 0);
        var flags = changed._fields.AsSpan(LocalFlagsAt, sizeof(uint));
        BinaryPrimitives.WriteUInt32LittleEndian(flags, (BinaryPrimitives.ReadUInt32LittleEndian(flags) & ~cleared) | set);
        return changed;
    }

    /// <summary>Applies these settings to a terminal once its output is written.</summary>
    /// <param name="terminal">The terminal.</param>
    /// <param name="keepsInput">Whether unread input is kept.</param>
    public void Apply(SafeFileHandle terminal, bool keepsInput = false)
    {
        fixed (byte* fields = _fields)
        {
            // A signal ends the wait for the output, as at a stop of this process.
            while (SetAttributes(terminal, keepsInput ? AfterOutput : DropInput, fields) != 0 && Marshal.GetLastPInvokeError() == Errno.Interrupted)
            {
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "tcgetattr")]
    private static partial int GetAttributes(SafeFileHandle terminal, byte* fields);

    [LibraryImport("libc", EntryPoint = "tcsetattr", SetLastError = true)]
    private static partial int SetAttributes(SafeFileHandle terminal, int when, byte* fields);
}
