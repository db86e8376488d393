using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Volley.Transports;

namespace Volley.Cli.Terminal;

/// <summary>Prompts for a password or a passphrase on the controlling terminal, without echo, regardless of standard input.</summary>
internal static class PasswordQuestion
{
    private const int LongestPassword = 1024;

    // Offset and flags of struct termios, the same in every libc on Linux: c_iflag, c_oflag, c_cflag, c_lflag.
    private const int LocalFlags = 12;
    private const uint Echo = 0x8;           // ECHO
    private const uint EchoNewline = 0x40;   // ECHONL

    /// <exception cref="UsageException">There is no terminal, or the user typed nothing.</exception>
    public static SshPassword AskPassword()
    {
        if (Ask("Password: ") is not { } typed)
            throw new UsageException("--password asks on a terminal, and there is none");
        try
        {
            return typed.Length == 0 ? throw new UsageException("no password was typed") : new SshPassword(typed);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(typed);
        }
    }

    /// <summary>Prompts for the passphrase of a key, with ssh's texts.</summary>
    /// <returns>The passphrase, for the caller to zero; null if there is no terminal, empty if the user typed nothing.</returns>
    public static byte[]? AskPassphrase(string path, bool again) => Ask($"{(again ? "Bad passphrase, try again" : "Enter passphrase for key")} '{SafeText.Escape(path)}': ");

    private static byte[]? Ask(string question)
    {
        using var terminal = Posix.OpenTerminal();
        var shown = new byte[Posix.TerminalStateSize];
        if (terminal is null || !Posix.GetTerminalState(terminal, shown))
            return null;
        var hidden = shown.ToArray();
        var flags = BinaryPrimitives.ReadUInt32LittleEndian(hidden.AsSpan(LocalFlags));
        BinaryPrimitives.WriteUInt32LittleEndian(hidden.AsSpan(LocalFlags), (flags & ~Echo) | EchoNewline);

        // A signal must not leave the terminal without echo.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => End(StopReason.Interrupt));
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => End(StopReason.Terminate));
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, _ => End(StopReason.HangUp));
        using var quit = PosixSignalRegistration.Create(PosixSignal.SIGQUIT, _ => End(StopReason.Quit));
        Posix.SetTerminalState(terminal, hidden);
        try
        {
            Posix.WriteAll(terminal, Encoding.UTF8.GetBytes(question));
            return Read(terminal);
        }
        finally
        {
            Posix.SetTerminalState(terminal, shown);
        }

        void End(StopReason reason)
        {
            Posix.SetTerminalState(terminal, shown);
            Posix.WriteAll(terminal, "\n"u8);
            Environment.Exit(ExitCodes.Of(reason)!.Value);
        }
    }

    private static byte[] Read(SafeFileHandle terminal)
    {
        var typed = GC.AllocateUninitializedArray<byte>(LongestPassword, pinned: true);
        try
        {
            var length = 0;
            // A terminal returns a line per read, or less after an end-of-file character.
            while (length < typed.Length && !typed.AsSpan(0, length).Contains((byte)'\n')
                && Posix.Read(terminal, typed.AsSpan(length)) is > 0 and var count)
            {
                length += count;
            }

            var password = typed.AsSpan(0, length).TrimEnd((byte)'\n');
            var copy = GC.AllocateUninitializedArray<byte>(password.Length, pinned: true);
            password.CopyTo(copy);
            return copy;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(typed);
        }
    }
}
