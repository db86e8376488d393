using System.Buffers;
using System.Text;
using Volley.Cli.Terminal.Cells;
using Volley.Ssh.Text;

namespace Volley.Cli.Terminal;

/// <summary>
/// The only one that writes to standard output and standard error, and the owner of the status area below them. The two
/// keep their common order where they are the same terminal or file.
/// </summary>
internal sealed class TerminalWriter
{
    private readonly IOutputFile _stdout;
    private readonly IOutputFile _stderr;
    private readonly WriteLane _stdoutLane;
    private readonly WriteLane _stderrLane;
    private volatile Action<string>? _divertedErr;
    private readonly TaskCompletionSource<OutputException> _stdoutFailed = new(TaskCreationOptions.RunContinuationsAsynchronously);

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

    /// <summary>Whether standard output goes nowhere.</summary>
    public bool StdoutIsNull => _stdout.Identity == "/dev/null";

    /// <summary>Whether standard error is a terminal.</summary>
    public bool StderrIsTerminal => _stderr.IsTerminal;

    /// <summary>The size of the status area's terminal.</summary>
    public (int Columns, int Lines) StatusSize => _stderr.Size;

    /// <summary>Completes when standard output takes no more.</summary>
    public Task<OutputException> StdoutFailed => _stdoutFailed.Task;

    /// <summary>Writes whole lines to standard output.</summary>
    public void WriteOut(ReadOnlySpan<byte> lines) => _stdoutLane.Write(_stdout, lines);

    /// <summary>Writes whole lines to standard error.</summary>
    public void WriteErr(ReadOnlySpan<byte> lines) => _stderrLane.Write(_stderr, lines);

    /// <summary>Writes lines of our own to standard output. On a terminal, remote text in them is made harmless.</summary>
    public void PrintOut(string lines)
    {
        if (!_stdout.IsTerminal)
        {
            WriteOut(SystemText.Encode(lines + "\n"));
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

    /// <summary>Writes lines of our own to standard error, nothing in between, without waiting for its reader. Remote text in them is made harmless.</summary>
    public void PrintErr(params ReadOnlySpan<string> lines) => Post(lines, followsKey: false);

    /// <summary>Prints lines as <see cref="PrintErr(ReadOnlySpan{string})"/> does, below the <c>^C</c> that a terminal shows where the key was pressed.</summary>
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

    /// <summary>Writes a line of our own with colours to standard error, without waiting for its reader. Remote text in it must be harmless already.</summary>
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

    /// <summary>From now on somebody else takes the lines of our own for standard error, who has the terminal; null ends that.</summary>
    public void DivertErr(Action<string>? taker) => _divertedErr = taker;

    /// <summary>Shows lines below all output; null to clear them. They must be narrower than the terminal, and lower.</summary>
    public void SetStatus(Canvas? lines, bool hasColors = false) => _stderrLane.SetStatus(_stderr, lines, hasColors);

    /// <summary>Waits until all is written, or given up, and returns the exit code for that: a reader that left and a file that takes no more are failures.</summary>
    /// <param name="code">The exit code where all was written.</param>
    /// <param name="program">What a message begins with.</param>
    public int Finish(int code, string program)
    {
        Flush();
        if (!_stdoutFailed.Task.IsCompleted)
            return code;
        var failure = _stdoutFailed.Task.Result;
        if (failure.Failure != OutputFailure.Fault)
            return ExitCodes.Of(failure.Failure == OutputFailure.HungUp ? StopReason.HangUp : StopReason.OutputClosed)!.Value;
        PrintErr($"{program}: standard output: {failure.Message}");
        Flush();
        return code == 0 ? ExitCodes.Failure : code;
    }

    /// <summary>Waits until all is written, or given up.</summary>
    public void Flush()
    {
        _stdoutLane.Flush();
        _stderrLane.Flush();
    }

    /// <summary>Waits until all of standard error is written, but no longer than the limit.</summary>
    public void Flush(TimeSpan limit) => _stderrLane.Flush(limit);

    /// <summary>From now on gives up on a file that takes nothing for the given time, until the token fires.</summary>
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
        // Standard error that nobody reads is nobody's loss.
        if (file == _stdout)
            _stdoutFailed.TrySetResult(failure);
    }
}
