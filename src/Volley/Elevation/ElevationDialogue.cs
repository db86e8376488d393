using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Volley.Elevation;

/// <summary>
/// The output of sudo, doas or su up to the start of the command: the question for the password, which it answers at most once, and the mark that
/// the command's own user prints.
/// </summary>
/// <param name="process">The process, whose output and input belong to the dialogue until it has ended.</param>
/// <param name="mark">The mark.</param>
/// <param name="hasTerminal">Whether the process has a terminal, which merges its streams.</param>
/// <param name="time">The clock.</param>
internal sealed partial class ElevationDialogue(IRemoteProcess process, string mark, bool hasTerminal, TimeProvider time)
{
    /// <summary>The silence after which an unfinished line counts as a question. PAM writes a question at once.</summary>
    private static readonly TimeSpan QuestionSilence = TimeSpan.FromSeconds(5);

    /// <summary>The longest wait for the end of a program whose input is closed. PAM delays its answer to a wrong password by some seconds.</summary>
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(10);

    /// <summary>The same for a program that has not answered in time, which will hardly notice that its input is closed.</summary>
    private static readonly TimeSpan LateEndLimit = TimeSpan.FromSeconds(1);

    /// <summary>The largest output before the start, such as that of the shell's start-up files.</summary>
    private const int MaxOutput = 1 << 20;

    /// <summary>The key for an interrupt: Ctrl+C.</summary>
    private const byte Interrupt = 3;

    private readonly ArrayBufferWriter<byte> _text = new();
    private readonly List<(StreamKind Stream, ReadOnlyMemory<byte> Data)> _pending = [];
    private readonly byte[] _markBytes = Encoding.ASCII.GetBytes(mark);
    private int _answeredAt;
    private SshPassword? _secret;
    private int _pendingCount;

    /// <summary>The longest time without a start, except the time in which <see cref="Answer"/> is awaited.</summary>
    public TimeSpan Limit { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>The prompt for the password; null if it is recognized by its text.</summary>
    public byte[]? Prompt { get; init; }

    /// <summary>Returns the password when it is asked for, or null to end the program; null if it must not ask.</summary>
    public Func<ValueTask<SshPassword?>>? Answer { get; init; }

    /// <summary>Whether the password was sent.</summary>
    public bool HasAnswered { get; private set; }

    /// <summary>Output of the command that was read with the mark.</summary>
    public IReadOnlyList<(StreamKind Stream, ReadOnlyMemory<byte> Data)> Pending => _pending;

    /// <summary>What the program printed, without prompts and passwords.</summary>
    public string Text { get; private set; } = "";

    /// <summary>The exit status of a program that has ended without a start.</summary>
    public ExitStatus Status { get; private set; }

    /// <summary>Reads until the command has started, or can't start.</summary>
    /// <param name="cancellationToken">Cancels the dialogue.</param>
    /// <exception cref="TransportException">The connection broke, or the process could not be started.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public async Task<DialogueEnd> RunAsync(CancellationToken cancellationToken)
    {
        var end = await ReadAsync(cancellationToken).ConfigureAwait(false);
        if (end is not (DialogueEnd.Started or DialogueEnd.Ended))
            await EndProgramAsync(end == DialogueEnd.TimedOut ? LateEndLimit : EndLimit, cancellationToken).ConfigureAwait(false);
        Text = GetText();
        return end;
    }

    private async Task<DialogueEnd> ReadAsync(CancellationToken cancellationToken)
    {
        var buffer = new byte[8 * 1024];
        var began = time.GetTimestamp();
        while (true)
        {
            var silence = Limit == Timeout.InfiniteTimeSpan ? QuestionSilence : Shorter(QuestionSilence, Limit - time.GetElapsedTime(began));
            if (silence <= TimeSpan.Zero)
                return DialogueEnd.TimedOut;
            if (await TryReadAsync(buffer, silence, cancellationToken).ConfigureAwait(false) is not { } read)
            {
                if (HasUnfinishedLine())
                    return DialogueEnd.Question;
                continue;
            }

            if (read.Count == 0)
            {
                Status = await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
                return DialogueEnd.Ended;
            }

            Keep(read, buffer);
            if (TryTakeMark())
                return DialogueEnd.Started;
            if (_text.WrittenCount + _pendingCount > MaxOutput)
                return DialogueEnd.TooMuchOutput;
            if (HasAnswered && ElevationFailures.AsksForNewPassword(Encoding.UTF8.GetString(_text.WrittenSpan[_answeredAt..])))
                return DialogueEnd.Expired;
            if (!IsAskedForPassword())
                continue;
            if (HasAnswered)
                return DialogueEnd.Refused;
            var asked = time.GetTimestamp();
            if (Answer is null || await Answer().ConfigureAwait(false) is not { } password)
                return DialogueEnd.Unanswered;
            _answeredAt = _text.WrittenCount;
            HasAnswered = true;
            began += time.GetTimestamp() - asked;
            await SendAsync(password, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Reads the output; null if there was silence.</summary>
    private async Task<OutputRead?> TryReadAsync(byte[] buffer, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var silence = new CancellationTokenSource(limit, time);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, cancellationToken);
        try
        {
            return await process.ReadAsync(buffer, ended.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (silence.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>Keeps what was read. Standard output is that of start-up files or of the command, unless the terminal merges the streams.</summary>
    private void Keep(OutputRead read, byte[] buffer)
    {
        if (hasTerminal || read.Stream == StreamKind.Stderr)
        {
            _text.Write(buffer.AsSpan(0, read.Count));
            return;
        }

        _pending.Add((read.Stream, buffer.AsMemory(0, read.Count).ToArray()));
        _pendingCount += read.Count;
    }

    /// <summary>Finds the line with the mark. What follows it is output of the command.</summary>
    private bool TryTakeMark()
    {
        for (var text = _text.WrittenSpan; text.IndexOf(_markBytes) is >= 0 and var at;)
        {
            text = text[(at + _markBytes.Length)..];
            // sudo prints the command line, and so the mark, with some of its errors. Only a process id follows the mark of a start.
            if (text.IndexOf((byte)'\n') is not (> 1 and var length) || text[0] != ' ')
                continue;
            if (text[1..length].TrimEnd((byte)'\r').ContainsAnyExceptInRange((byte)'0', (byte)'9'))
                continue;
            var rest = text[(length + 1)..];
            if (!rest.IsEmpty)
                _pending.Add((hasTerminal ? StreamKind.Stdout : StreamKind.Stderr, rest.ToArray()));
            return true;
        }

        return false;
    }

    /// <summary>Whether the program has asked for the password since the last answer.</summary>
    private bool IsAskedForPassword()
    {
        var text = _text.WrittenSpan[_answeredAt..];
        if (Prompt is { } prompt)
            return text.IndexOf(prompt) >= 0;
        var line = text[(text.LastIndexOf((byte)'\n') + 1)..];
        return PasswordPrompt().IsMatch(Encoding.UTF8.GetString(line));
    }

    /// <summary>Whether the last line is not finished, as a question is.</summary>
    private bool HasUnfinishedLine()
    {
        var text = _text.WrittenSpan[_answeredAt..];
        var line = text[(text.LastIndexOf((byte)'\n') + 1)..];
        return line.ContainsAnyExcept((byte)' ', (byte)'\t', (byte)'\r') && text.IndexOf(_markBytes) < 0;
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private async Task SendAsync(SshPassword password, CancellationToken cancellationToken)
    {
        var line = GC.AllocateUninitializedArray<byte>(password.Bytes.Length + 1, pinned: true);
        try
        {
            password.Bytes.CopyTo(line);
            line[^1] = (byte)'\n';
            await process.WriteAsync(line, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(line);
        }

        _secret = password;
    }

    /// <summary>Ends a program that waits for an answer. An interrupt at a terminal does not count as a failed login.</summary>
    private async Task EndProgramAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        if (hasTerminal)
            await process.WriteAsync(new byte[] { Interrupt }, cancellationToken).ConfigureAwait(false);
        process.CloseInput();
        var buffer = new byte[1024];
        while (await TryReadAsync(buffer, limit, cancellationToken).ConfigureAwait(false) is { Count: > 0 } read && _text.WrittenCount < MaxOutput)
            Keep(read, buffer);
    }

    /// <summary>Returns what the program printed. A hostile target may print the password that it was sent.</summary>
    private string GetText()
    {
        var text = new List<byte>(_text.WrittenCount);
        for (var rest = _text.WrittenSpan; !rest.IsEmpty;)
        {
            var length = Prompt is { } prompt && rest.StartsWith(prompt) ? prompt.Length
                : _secret is { } secret && rest.StartsWith(secret.Bytes.Span) ? secret.Bytes.Length
                : 0;
            if (length == 0)
                text.Add(rest[0]);
            rest = rest[Math.Max(length, 1)..];
        }

        return Encoding.UTF8.GetString([.. text]);
    }

    [GeneratedRegex(@"password[^\n]*:\s*\z", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex PasswordPrompt();
}

/// <summary>How a dialogue has ended.</summary>
internal enum DialogueEnd
{
    /// <summary>The command has started.</summary>
    Started,

    /// <summary>The program has ended.</summary>
    Ended,

    /// <summary>The program asked for the password, and there is no answer.</summary>
    Unanswered,

    /// <summary>The program asked again: the password is wrong.</summary>
    Refused,

    /// <summary>The program accepted the password, and asks for a new one.</summary>
    Expired,

    /// <summary>The program asked another question.</summary>
    Question,

    /// <summary>The program did not start the command in time.</summary>
    TimedOut,

    /// <summary>The program printed too much before the start.</summary>
    TooMuchOutput,
}
