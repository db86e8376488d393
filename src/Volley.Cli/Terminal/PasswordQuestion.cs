using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Volley.Cli.Selection;
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

    /// <summary>Prompts for a password that may not be needed. Returns null if there is no terminal, or the user typed nothing.</summary>
    public static SshPassword? AskOptionalPassword(string question)
    {
        if (Ask(SafeText.Escape(question)) is not { Length: > 0 } typed)
            return null;
        try
        {
            return new SshPassword(typed);
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
    /// <exception cref="DeclinedException">The user ended the input with Ctrl+D.</exception>
    public static string? AskSecret(string question)
    {
        var typed = Ask(SafeText.Escape(question), out var isEnded);
        if (isEnded)
            throw new DeclinedException("no value was entered; nothing was run");
        return typed is null ? null : SystemText.Decode(typed);
    }

    private static byte[]? Ask(string question) => Ask(question, out _);

    private static byte[]? Ask(string question, out bool isEnded)
    {
        isEnded = false;
        using var terminal = TerminalCalls.OpenControlling();
        if (terminal is null || TerminalState.Of(terminal) is not { } shown)
            return null;
        using var input = new TerminalInput(terminal, shown, question, isHidden: true);

        // A signal must not leave the terminal without echo.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => End(StopReason.Interrupt));
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => End(StopReason.Terminate));
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, _ => End(StopReason.HangUp));
        using var quit = PosixSignalRegistration.Create(PosixSignal.SIGQUIT, _ => End(StopReason.Quit));
        var typed = Read(terminal, out isEnded);
        if (isEnded)
            _ = Descriptor.Write(terminal, "\n"u8);
        return typed;

        void End(StopReason reason)
        {
            input.Restore();
            _ = Descriptor.Write(terminal, "\n"u8);
#pragma warning disable RS0030 // Main waits in read(2) for the terminal, and can't return.
            Environment.Exit(ExitCodes.ForStop(reason)!.Value);
#pragma warning restore RS0030
        }
    }

    private static byte[] Read(SafeFileHandle terminal, out bool isEnded)
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

            isEnded = length == 0;
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
