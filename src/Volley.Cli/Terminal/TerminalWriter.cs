using System.Buffers;
using System.Text;
using Volley.Cli.Terminal.Cells;
using Volley.Interop.Text;

namespace Volley.Cli.Terminal;

/// <summary>
/// The only writer to standard output and standard error, and the owner of the status area below them. If both are the same terminal or
/// file, it preserves their common order.
/// </summary>
internal sealed class TerminalWriter
{
    private readonly IOutputFile _stdout;
    private readonly IOutputFile _stderr;
    private readonly WriteLane _stdoutLane;
    private readonly WriteLane _stderrLane;
    private volatile Action<string>? _divertedErr;
    private readonly TaskCompletionSource<OutputException> _stdoutFailed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Creates the writer whose standard output is the standard error of another one.</summary>
    private TerminalWriter(TerminalWriter other)
    {
        (_stdout, _stderr) = (other._stderr, other._stderr);
        (_stdoutLane, _stderrLane) = (other._stderrLane, other._stderrLane);
    }

    public TerminalWriter(IOutputFile stdout, IOutputFile stderr)
    {
        _stdout = stdout;
        _stderr = stderr;
        _stdoutLane = new WriteLane(OnFailure);
        var isSame = (stdout.IsTerminal && stderr.IsTerminal) || stdout.Identity == stderr.Identity;
        _stderrLane = isSame ? _stdoutLane : new WriteLane(OnFailure);
    }

    /// <summary>Whether standard output is a terminal.</summary>
    public bool StdoutIsTerminal => _stdout.IsTerminal;

    /// <summary>Whether standard output is /dev/null.</summary>
    public bool StdoutIsNull => _stdout.Identity == "/dev/null";

    /// <summary>Whether standard error is a terminal.</summary>
    public bool StderrIsTerminal => _stderr.IsTerminal;

    /// <summary>The size of the terminal with the status area.</summary>
    public (int Columns, int Lines) StatusSize => _stderr.Size;

    /// <summary>Completes when a write to standard output has failed.</summary>
    public Task<OutputException> StdoutFailed => _stdoutFailed.Task;

    /// <summary>Returns a writer for an output on standard error: what it writes to standard output goes there, in the common order.</summary>
    public TerminalWriter OnStderr() => new(this);

    /// <summary>Writes whole lines to standard output.</summary>
    public void WriteOut(ReadOnlySpan<byte> lines) => _stdoutLane.Write(_stdout, lines);

    /// <summary>Writes whole lines to standard error.</summary>
    public void WriteErr(ReadOnlySpan<byte> lines) => _stderrLane.Write(_stderr, lines);

    /// <summary>Writes lines of the program to standard output. On a terminal, remote text in them is escaped.</summary>
    public void PrintOut(string lines)
    {
        if (!_stdout.IsTerminal)
        {
            var bytes = new byte[SystemText.GetByteCount(lines) + 1];
            SystemText.Encode(lines, bytes);
            bytes[^1] = (byte)'\n';
            WriteOut(bytes);
            return;
        }

        var safe = new ArrayBufferWriter<byte>();
        foreach (var line in lines.Split('\n'))
        {
            SafeText.Write(line, safe);
            safe.Write("\n"u8);
        }

        WriteOut(safe.WrittenSpan);
    }

    /// <summary>
    /// Writes lines of the program to standard error as a unit, without waiting for the reader. Remote text in them is escaped.
    /// </summary>
    public void PrintErr(params ReadOnlySpan<string> lines) => Post(lines, followsKey: false);

    /// <summary>
    /// Prints lines as <see cref="PrintErr(ReadOnlySpan{string})"/> does, but below the <c>^C</c> that the terminal has echoed for a key.
    /// </summary>
    public void PrintErrAfterKey(params ReadOnlySpan<string> lines) => Post(lines, followsKey: true);

    private void Post(ReadOnlySpan<string> lines, bool followsKey)
    {
        if (_divertedErr is { } diverted)
        {
            foreach (var line in lines)
                diverted(line);
            return;
        }

        var text = new StringBuilder();
        foreach (var line in lines)
            text.Append(SafeText.Escape(line, keepsBytes: !StderrIsTerminal)).Append('\n');
        _stderrLane.Post(_stderr, SystemText.Encode(text.ToString()), followsKey);
    }

    /// <summary>
    /// Writes a colored line of the program to standard error, without waiting for the reader. Remote text in it must be escaped already.
    /// </summary>
    public void PrintPaintedErr(string line)
    {
        if (!StderrIsTerminal)
        {
            _stderrLane.Post(_stderr, SystemText.Encode(line + "\n"));
            return;
        }

        var safe = new ArrayBufferWriter<byte>();
        SafeText.Write(line, safe);
        safe.Write("\n"u8);
        _stderrLane.Post(_stderr, safe.WrittenSpan);
    }

    /// <summary>
    /// Shows a question on standard error below all output, until <see cref="EndQuestion"/>. Returns false if that is no terminal, and shows nothing.
    /// </summary>
    public bool TryBeginQuestion(string question)
    {
        if (!StderrIsTerminal)
            return false;
        _stderrLane.BeginQuestion(_stderr, SystemText.Encode(SafeText.Escape(question)));
        return true;
    }

    /// <summary>Ends a question, if there is one.</summary>
    /// <param name="isAnswered">Whether the user has ended its line.</param>
    public void EndQuestion(bool isAnswered) => _stderrLane.EndQuestion(isAnswered);

    /// <summary>
    /// Keeps output from the terminal, and hides the status lines, while a question stands there, until the result is disposed. Output is collected.
    /// </summary>
    public IDisposable Hold()
    {
        var lanes = new List<WriteLane>();
        foreach (var (file, lane) in new[] { (_stdout, _stdoutLane), (_stderr, _stderrLane) })
        {
            if (!file.IsTerminal || lanes.Contains(lane))
                continue;
            lane.Hold();
            lanes.Add(lane);
        }

        return new HeldLanes(lanes);
    }

    /// <summary>Whether a question stands on the terminal (<see cref="Hold"/>).</summary>
    public bool IsHeld => _stderrLane.IsHeld;

    /// <summary>Diverts the program's lines for standard error to a delegate, while the terminal UI owns the terminal; null ends that.</summary>
    public void DivertErr(Action<string>? taker) => _divertedErr = taker;

    /// <summary>Shows status lines below all output; null clears them. They must be narrower and lower than the terminal.</summary>
    public void SetStatus(Canvas? lines, bool hasColors = false) => _stderrLane.SetStatus(_stderr, lines, hasColors);

    /// <summary>
    /// Waits until all output is written or abandoned, and returns the exit code. A reader that left and a file that can't be written are
    /// failures.
    /// </summary>
    /// <param name="code">The exit code if all output was written.</param>
    /// <param name="program">The name of the program, for the message.</param>
    public int Finish(int code, string program)
    {
        Flush();
        if (!_stdoutFailed.Task.IsCompleted)
            return code;
        var failure = _stdoutFailed.Task.Result;
        if (failure.Failure != OutputFailure.Fault)
            return ExitCodes.ForStop(failure.Failure == OutputFailure.HungUp ? StopReason.HangUp : StopReason.OutputClosed)!.Value;
        PrintErr($"{program}: standard output: {failure.Message}");
        Flush();
        return code == 0 ? ExitCodes.Failure : code;
    }

    /// <summary>Waits until all output is written or abandoned.</summary>
    public void Flush()
    {
        _stdoutLane.Flush();
        _stderrLane.Flush();
    }

    /// <summary>Waits until standard error is written, or until the limit has elapsed.</summary>
    public void Flush(TimeSpan limit) => _stderrLane.Flush(limit);

    /// <summary>Abandons output to each file that accepts none for the given time, until the token is canceled.</summary>
    public async Task GiveUpWhenStuckAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        using var check = new PeriodicTimer(limit / 8);
        try
        {
            while (await check.WaitForNextTickAsync(cancellationToken))
            {
                foreach (var lane in new[] { _stdoutLane, _stderrLane })
                {
                    if (lane.StuckFor > limit)
                        lane.Abandon();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The program ends.
        }
    }

    private void OnFailure(IOutputFile file, OutputException failure)
    {
        // A failure of standard error is ignored: there is no way to report it.
        if (file == _stdout)
            _stdoutFailed.TrySetResult(failure);
    }

    private sealed class HeldLanes(List<WriteLane> lanes) : IDisposable
    {
        public void Dispose()
        {
            foreach (var lane in lanes)
                lane.Release();
            lanes.Clear();
        }
    }
}
