using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Volley.Interop;
using Volley.Interop.Text;

namespace Volley.Cli.Terminal;

/// <summary>Prompts for a password or a passphrase on the controlling terminal, without echo, regardless of standard input.</summary>
internal static class PasswordQuestion
{
    private const int MaxPasswordLength = 1024;

    /// <exception cref="UsageException">There is no terminal, or the user typed nothing.</exception>
    public static SshPassword AskPassword()
    {
        if (Ask("Password: ") is not { } typed)
            throw new UsageException("--password needs a terminal to prompt on, and there is none");
        try
        {
            return typed.Length == 0 ? throw new UsageException("no password was entered") : new SshPassword(typed);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(typed);
        }
    }

    /// <summary>Prompts for the passphrase of a key, with ssh's texts.</summary>
    /// <returns>The passphrase, for the caller to zero; null if there is no terminal, empty if the user typed nothing.</returns>
    public static byte[]? AskPassphrase(string path, bool wasWrong) =>
        Ask($"{(wasWrong ? "Bad passphrase, try again" : "Enter passphrase for key")} '{SafeText.Escape(path)}': ");

    /// <summary>Prompts for another secret. Returns null if there is no terminal.</summary>
    public static string? AskSecret(string question) => Ask(SafeText.Escape(question)) is { } typed ? SystemText.Decode(typed) : null;

    private static byte[]? Ask(string question)
    {
        using var terminal = TerminalCalls.OpenControlling();
        if (terminal is null || TerminalState.Of(terminal) is not { } shown)
            return null;
        var hidden = shown.With(set: TerminalState.EchoNewline, cleared: TerminalState.Echo);

        // A signal must not leave the terminal without echo.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => End(StopReason.Interrupt));
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => End(StopReason.Terminate));
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, _ => End(StopReason.HangUp));
        using var quit = PosixSignalRegistration.Create(PosixSignal.SIGQUIT, _ => End(StopReason.Quit));
        hidden.Apply(terminal);
        try
        {
            _ = Descriptor.Write(terminal, Encoding.UTF8.GetBytes(question));
            return Read(terminal);
        }
        finally
        {
            shown.Apply(terminal);
        }

        void End(StopReason reason)
        {
            shown.Apply(terminal);
            _ = Descriptor.Write(terminal, "\n"u8);
#pragma warning disable RS0030 // Main waits in read(2) for the terminal, and can't return.
            Environment.Exit(ExitCodes.ForStop(reason)!.Value);
#pragma warning restore RS0030
        }
    }

    private static byte[] Read(SafeFileHandle terminal)
    {
        var typed = GC.AllocateUninitializedArray<byte>(MaxPasswordLength, pinned: true);
        try
        {
            var length = 0;
            // A terminal returns a line per read, or less after an end-of-file character.
            while (length < typed.Length && !typed.AsSpan(0, length).Contains((byte)'\n')
                && Descriptor.Read(terminal, typed.AsSpan(length)) is > 0 and var count)
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
