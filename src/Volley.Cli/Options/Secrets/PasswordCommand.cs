using System.ComponentModel;
using System.Security.Cryptography;
using System.Text;
using Volley.Cli.Terminal;

namespace Volley.Cli.Options.Secrets;

/// <summary>A program that prints a password on the first line of its output, such as <c>pass show sudo</c>.</summary>
internal static class PasswordCommand
{
    /// <summary>Runs the program, and returns the password.</summary>
    /// <param name="option">The name of the option, for messages.</param>
    /// <param name="command">The program and its arguments, split at blanks outside quotes. No shell interprets them.</param>
    /// <param name="report">Receives each line that the program prints on standard error.</param>
    /// <exception cref="UsageException">The program can't be started, fails, or prints no password.</exception>
    public static async Task<SshPassword> RunAsync(string option, string command, Action<string> report)
    {
        var words = Split(command)
            ?? throw new UsageException($"{option}: a quote is not closed in '{command}'");
        if (words.Count == 0)
            throw new UsageException($"{option} takes a program and its arguments, not '{command}'");
        LocalProcess process;
        try
        {
            process = LocalProcess.Start(words);
        }
        catch (Exception failure) when (failure is Win32Exception or ArgumentException)
        {
            throw new UsageException($"{option}: {failure.Message}");
        }

        await using var disposing = process;
        var output = GC.AllocateUninitializedArray<byte>(PasswordText.MaxLength, pinned: true);
        try
        {
            var length = await ReadAsync(process, output, report);
            var status = await process.WaitForExitAsync(CancellationToken.None);
            var end = status.Signal is { } signal ? $"signal {signal}" : $"exit {status.ExitCode}";
            if (status is not { ExitCode: 0 })
                throw new UsageException($"{option}: {words[0]} failed ({end})");
            return PasswordText.GetFirstLine(output.AsSpan(0, length))
                ?? throw new UsageException($"{option}: {words[0]} printed no password");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(output);
        }
    }

    /// <summary>Splits a text at blanks outside quotes, as a POSIX shell does without its expansions; null if a quote is not closed.</summary>
    internal static List<string>? Split(string text)
    {
        var words = new List<string>();
        StringBuilder? word = null;
        char? quote = null;
        for (var i = 0; i < text.Length; i++)
        {
            var character = text[i];
            if (quote is null && character is (' ' or '\t' or '\n'))
            {
                if (word is not null)
                    words.Add(word.ToString());
                word = null;
                continue;
            }

            word ??= new StringBuilder();
            if (character == quote)
                quote = null;
            else if (quote is null && character is ('\'' or '"'))
                quote = character;
            else if (character == '\\' && quote != '\'' && i + 1 < text.Length)
                word.Append(text[++i]);
            else
                word.Append(character);
        }

        if (word is not null)
            words.Add(word.ToString());
        return quote is null ? words : null;
    }

    private static async Task<int> ReadAsync(LocalProcess process, byte[] output, Action<string> report)
    {
        var buffer = GC.AllocateUninitializedArray<byte>(1024, pinned: true);
        var errors = new MemoryStream();
        var length = 0;
        while (await process.ReadAsync(buffer, CancellationToken.None) is { Count: > 0 } read)
        {
            if (read.Stream == StreamKind.Stderr)
            {
                errors.Write(buffer, 0, read.Count);
                continue;
            }

            var count = Math.Min(read.Count, output.Length - length);
            buffer.AsSpan(0, count).CopyTo(output.AsSpan(length));
            length += count;
        }

        CryptographicOperations.ZeroMemory(buffer);
        foreach (var line in Encoding.UTF8.GetString(errors.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            report(SafeText.Escape(line));
        return length;
    }
}
