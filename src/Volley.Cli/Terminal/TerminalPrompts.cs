using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Volley.Interop;
using Volley.Ssh;

namespace Volley.Cli.Terminal;

/// <summary>
/// Asks the questions of hosts on the controlling terminal during a run. Output waits meanwhile, and status lines are hidden. Each line of a host's text
/// begins with the host's name and is escaped, so that no host can pass its text off as another's.
/// </summary>
/// <param name="writer">The writer to the terminal.</param>
internal sealed class TerminalPrompts(TerminalWriter writer)
{
    private const int MaxAnswerLength = 1024;
    private const int MaxRepetitions = 3;
    private const int MaxLines = 40;

    private volatile bool _isInterrupted;

    /// <summary>Asks a question. Returns null if there is no terminal, and after Ctrl+C, which declines all further questions too.</summary>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public async ValueTask<byte[]?> AskAsync(SshPrompt prompt, CancellationToken cancellationToken)
    {
        if (_isInterrupted)
            return null;
        using var terminal = TerminalCalls.OpenControlling();
        if (terminal is null || TerminalState.Of(terminal) is not { } state)
            return null;
        using var held = writer.Hold();
        var (reading, writing) = Descriptor.CreatePipe();
        using (reading)
        using (writing)
        {
            using var canceled = cancellationToken.Register(() => Withdraw(writing));
            using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal =>
            {
                _isInterrupted = true;
                Withdraw(writing);
            });
            // The thread waits for the user.
            var answer = await Task.Factory.StartNew(
                () => new Dialog(terminal, reading, state, prompt).Ask(), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            cancellationToken.ThrowIfCancellationRequested();
            return answer;
        }
    }

    /// <summary>Ends the wait for an answer.</summary>
    private static void Withdraw(SafeFileHandle writing)
    {
        try
        {
            _ = Descriptor.Write(writing, "."u8);
        }
        catch (ObjectDisposedException)
        {
            // The answer came at the same moment.
        }
    }

    /// <summary>One question on the terminal.</summary>
    private sealed class Dialog(SafeFileHandle terminal, SafeFileHandle canceled, TerminalState state, SshPrompt prompt)
    {
        public byte[]? Ask()
        {
            if (prompt.RefusedBy is { } host)
                Print($"volley: {SafeText.Escape(host)} has refused the last answer\n");
            if (prompt.Kind is SshPromptKind.Password or SshPromptKind.NewPassword)
                Print($"volley: the answer is for every host that asks {SafeText.Escape(prompt.User)} for it\n");
            string[] lines = [.. prompt.Instruction?.TrimEnd('\n').Split('\n') ?? [], .. prompt.Text.Split('\n')];
            foreach (var line in lines[..^1].Take(MaxLines))
                Print($"{Name}: {SafeText.Escape(line.TrimEnd('\r'))}\n");
            var question = SafeText.Escape(lines[^1].TrimEnd());
            return prompt.Kind == SshPromptKind.NewPassword && !prompt.Text.StartsWith("Re", StringComparison.OrdinalIgnoreCase)
                ? AskTwice(question)
                : AskOnce(question);
        }

        private string Name => SafeText.Escape(prompt.Host);

        private byte[]? AskTwice(string question)
        {
            for (var tries = 0; tries < MaxRepetitions; tries++)
            {
                if (AskOnce(question) is not { } first)
                    return null;
                var second = AskOnce("Retype new password:");
                var isSame = second is not null && first.AsSpan().SequenceEqual(second);
                CryptographicOperations.ZeroMemory(second);
                if (isSame)
                    return first;
                CryptographicOperations.ZeroMemory(first);
                if (second is null)
                    return null;
                Print("volley: the two answers differ\n");
            }

            return null;
        }

        private byte[]? AskOnce(string question)
        {
            using var input = new TerminalInput(terminal, state, $"{Name}: {question} ", prompt.IsHidden);
            var answer = Read();
            if (answer is null)
                Print("\n");
            return answer;
        }

        private void Print(string text) => Descriptor.WriteAll(terminal, Encoding.UTF8.GetBytes(text));

        /// <summary>Reads a line without its newline; null if nothing was typed, or the question was withdrawn.</summary>
        private byte[]? Read()
        {
            var typed = GC.AllocateUninitializedArray<byte>(MaxAnswerLength, pinned: true);
            try
            {
                var length = 0;
                // A terminal returns a line per read, or less after an end-of-file character.
                while (length < typed.Length && !typed.AsSpan(0, length).Contains((byte)'\n'))
                {
                    if (!Descriptor.WaitReadable(terminal, canceled))
                        return null;
                    if (Descriptor.Read(terminal, typed.AsSpan(length)) is not (> 0 and var count))
                        break;
                    length += count;
                }

                var answer = typed.AsSpan(0, length).TrimEnd((byte)'\n');
                if (answer.IsEmpty)
                    return null;
                var copy = GC.AllocateUninitializedArray<byte>(answer.Length, pinned: true);
                answer.CopyTo(copy);
                return copy;
            }
            finally
            {
                CryptographicOperations.ZeroMemory(typed);
            }
        }
    }
}
