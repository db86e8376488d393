using System.Globalization;
using System.Text.RegularExpressions;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests;

/// <summary>
/// A run of the built program whose jobs do what the test tells them: they tell that they have begun, and wait at gates
/// until the test opens them. So the test knows the state of the run without waiting for time to pass.
/// </summary>
/// <remarks>
/// A job is a shell script that knows its host as <c>$host</c>. <c>tell</c> reports its process to <see cref="ToldAsync"/>,
/// <c>gate</c> waits for <see cref="OpenAsync"/> of its host.
/// </remarks>
internal sealed partial class StopScene : IAsyncDisposable
{
    public const string FirstPress = "Received Ctrl+C. Press Ctrl+C again within 1 second to terminate.\n";
    public const string SecondPress = "Received second Ctrl+C. Terminating all jobs...\n";
    public const string BatchPress = "Received Ctrl+C (batch mode). Terminating all jobs...\n";

    private readonly StopSeat _seat;
    private readonly string _hosts;
    private readonly ProgramRun _reports;
    private readonly List<(string Host, int Process)> _told = [];
    private readonly Dictionary<string, string?> _variables = [];
    private bool _holdsOutput;
    private ProgramRun? _run;
    private PtyProgram? _pty;

    private StopScene(StopSeat seat, string hosts, string job)
    {
        _seat = seat;
        _hosts = hosts;
        StopCalls.OpenToAll(Folder);
        var reports = Path.Combine(Folder, "reports");
        StopCalls.MakePipe(reports);
        foreach (var host in HostList.Parse(hosts).Select(name => name.Host).Distinct())
            StopCalls.MakePipe(Gate(host));
        File.WriteAllText(Script, """
            cd "${0%/*}"
            export host="$1"
            tell() { echo "$host $$" >reports; }
            gate() { read -r _ <"gate-$host"; }

            """ + job);
        _reports = ProgramRun.Start(ProgramStart.Shell("exec cat <>reports") with { WorkingDirectory = Folder });
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("volley-stop-").FullName;

    /// <summary>The file that holds the job.</summary>
    public string Script => Path.Combine(Folder, "job");

    public int ProcessId => _run?.ProcessId ?? _pty!.ProcessId;

    /// <summary>Jobs that have told, by their hosts.</summary>
    public IReadOnlyList<(string Host, int Process)> Told => _told;

    /// <summary>What came on standard output, or on the terminal, with plain newlines.</summary>
    public string Output => Plain(_run?.Stdout.Text ?? (_seat == StopSeat.TypedPipe ? _pty!.Stdout.Text : _pty!.Transcript));

    /// <summary>What came on standard error, or on the terminal, with plain newlines.</summary>
    /// <remarks>Without the line that sums the run up, and without the warning that each command has an ssh of its own.</remarks>
    public string Errors => SocketWarning().Replace(VolleyRun.WithoutTotals(Plain(_run?.Stderr.Text ?? _pty?.Transcript ?? "")), "");

    public ProgramRun Pipes => _run ?? throw new InvalidOperationException("the program has a terminal");

    public PtyProgram Terminal => _pty ?? throw new InvalidOperationException("the program has no terminal");

    /// <summary>Starts local jobs, one for each host of <paramref name="hosts"/>.</summary>
    /// <param name="job">The script.</param>
    /// <param name="options">What else stands on the command line.</param>
    public static StopScene Start(StopSeat seat, string hosts, string job, string options, bool holdOutput = false)
    {
        var scene = new StopScene(seat, hosts, job);
        scene.Start(scene.Local(options), holdOutput);
        return scene;
    }

    /// <summary>Starts jobs on a fleet's hosts. <c>$host</c> is the host's address.</summary>
    /// <param name="isPlain">Each command gets an ssh of its own, else each host a control master, where ssh is what reaches it.</param>
    public static StopScene Start(StopSeat seat, Fleet fleet, string hosts, string job, string options, bool isPlain = false, string transport = "openssh")
    {
        var scene = new StopScene(seat, hosts, job);
        // What the program keeps there names our folder, so it is found in the process table.
        scene._variables["XDG_RUNTIME_DIR"] = scene.Folder;
        if (isPlain)
        {
            // A directory that other users can read is not used for control sockets.
            var sockets = Path.Combine(scene.Folder, "volley");
            Directory.CreateDirectory(sockets);
            StopCalls.OpenToAll(sockets);
        }

        // SSH_CONNECTION has four words: the client's address and port, and the server's.
        scene.Start(
            ["--transport", transport, "-F", fleet.SshConfig, "-H", hosts, "--color", "never", .. Words(options), $"set -- $SSH_CONNECTION; exec /bin/sh {scene.Script} $3"], false);
        return scene;
    }

    /// <summary>The jobs and their gates, for a program that the test starts in its own way.</summary>
    public static StopScene Prepare(string hosts, string job) => new(StopSeat.Pipes, hosts, job);

    /// <summary>What a shell runs to start these jobs.</summary>
    public string CommandLine(string options) => string.Join(' ', Local(options).Prepend(BuiltProgram.Path).Select(word => $"'{word}'"));

    /// <summary>The ssh processes of this scene, control masters among them: all of them name its folder.</summary>
    public int[] SshProcesses() =>
    [
        .. Processes.WithCommandLine(Folder).Where(process => process.CommandLine.StartsWith("ssh", StringComparison.Ordinal))
            .Select(process => process.Id).Order(),
    ];

    /// <summary>Waits for reports of a number of further jobs, and returns their processes, which lead their groups.</summary>
    public async Task<int[]> ToldAsync(int count)
    {
        var before = _told.Count;
        for (var i = 0; i < count; i++)
        {
            var words = (await NextReportAsync()).TrimEnd('\n').Split(' ');
            _told.Add((words[0], int.Parse(words[1], CultureInfo.InvariantCulture)));
        }
        return [.. _told.Skip(before).Select(told => told.Process)];
    }

    /// <summary>Lets the job of a host pass its gate, once it is there.</summary>
    public Task OpenAsync(string host) => Task.Factory.StartNew(
        () =>
        {
            // Waits for a reader: fifo(7).
            using var gate = new FileStream(Gate(host), FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            gate.WriteByte((byte)'\n');
        },
        CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).WaitAsync(Transcript.DefaultLimit);

    /// <summary>Presses Ctrl+C, or sends what it sends.</summary>
    public void Press()
    {
        switch (_seat)
        {
            case StopSeat.Pipes:
                _run!.Signal(Signals.Interrupt);
                break;
            case StopSeat.Signaled:
                _pty!.Signal(Signals.Interrupt);
                break;
            default:
                _pty!.Type(PtyProgram.ControlC);
                break;
        }
    }

    /// <summary>Presses Ctrl+C and waits for the answer of a first press with these numbers.</summary>
    public async Task PressFirstAsync(string status)
    {
        Press();
        await ReadErrorAsync(FirstPress + $"Status: {status}\n");
    }

    /// <summary>
    /// Presses Ctrl+C until the run is being ended. Two presses do it, unless the machine takes more than a second from one
    /// to the next: then the later one counts as a first one again.
    /// </summary>
    public async Task PressTwiceAsync()
    {
        const string Received = "Received ";
        for (var presses = 0; presses < 10; presses++)
        {
            Press();
            await ReadErrorAsync(Received);
            if (Received + await ReadErrorAsync("\n") == SecondPress)
                return;
        }
        Assert.Fail($"ten presses did not end the run:\n{Errors}");
    }

    /// <summary>Sends a signal to the program alone.</summary>
    public void Signal(int signal)
    {
        if (_run is not null)
            _run.Signal(signal);
        else
            _pty!.Signal(signal);
    }

    /// <summary>Waits for a text on standard error.</summary>
    public async Task<string> ReadErrorAsync(string text) => Plain(_run is not null
        ? await _run.ReadErrUntilAsync(text)
        : await _pty!.ReadUntilAsync(text.Replace("\n", "\r\n", StringComparison.Ordinal)));

    /// <summary>Waits for a text on standard output.</summary>
    public async Task ReadOutputAsync(string text)
    {
        if (_run is not null)
            await _run.ReadOutUntilAsync(text);
        else if (_seat == StopSeat.TypedPipe)
            await _pty!.Stdout.ReadUntilAsync(text);
        else
            await _pty!.ReadUntilAsync(text.Replace("\n", "\r\n", StringComparison.Ordinal));
    }

    /// <summary>Waits for the exit code and, unless its reading is paused, for the end of the output.</summary>
    public async Task<int> ExitAsync()
    {
        if (_run is not null)
            return await _run.WaitForExitAsync();
        var code = await _pty!.WaitForExitAsync();
        if (_seat == StopSeat.TypedPipe && !_holdsOutput)
            await _pty.Stdout.ReadToEndAsync();
        return code;
    }

    /// <summary>Nothing is left of the process group of any job that has told.</summary>
    public async Task AssertNothingLeftAsync()
    {
        // A process that got KILL just before the program ended may need a moment to die.
        while (Processes.InGroups(ToldGroups()) is { Count: > 0 } left)
            await AssertEndsAsync(left[0]);
        foreach (var process in Processes.WithCommandLine(Folder))
            await AssertEndsAsync(process);
    }

    public async ValueTask DisposeAsync()
    {
        if (_run is not null)
            await _run.DisposeAsync();
        if (_pty is not null)
            await _pty.DisposeAsync();
        await _reports.DisposeAsync();
        // Jobs lead sessions of their own: after a test that failed they may be left.
        foreach (var process in Processes.InGroups(ToldGroups()).Concat(Processes.WithCommandLine(Folder)))
            StopCalls.Send(process.Id, Signals.Kill);
        foreach (var told in _told.Where(told => Processes.IsAlive(told.Process)))
            StopCalls.Send(told.Process, Signals.Kill);
        Directory.Delete(Folder, recursive: true);
    }

    private async Task<string> NextReportAsync()
    {
        try
        {
            return await _reports.ReadOutUntilAsync("\n");
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"no job tells anything; the program says:\n{Errors}");
        }
    }

    private void Start(IReadOnlyList<string> arguments, bool holdOutput)
    {
        _holdsOutput = holdOutput;
        // At a Ctrl+C the kernel drops what the terminal has not taken yet (NOFLSH in termios(3)); that loss is not ours.
        var start = _seat == StopSeat.Pipes
            ? ProgramStart.Volley(arguments)
            : new ProgramStart("/bin/sh", ["-c", "stty noflsh; exec \"$0\" \"$@\"", BuiltProgram.Path, .. arguments]);
        start = (start with { Environment = _variables }).WithVariable("LC_ALL", "C.UTF-8") with { HoldStdout = holdOutput, StdoutToPipe = _seat == StopSeat.TypedPipe };
        if (_seat == StopSeat.Pipes)
            _run = ProgramRun.Start(start);
        else
            _pty = PtyProgram.Start(start);
    }

    /// <summary>The groups that the jobs lead which have told.</summary>
    private HashSet<int> ToldGroups() => [.. _told.Select(told => told.Process)];

    private string[] Local(string options) =>
        ["--transport", "exec", "-H", _hosts, "--color", "never", .. Words(options), "/bin/sh", Script, "%h"];

    private async Task AssertEndsAsync(ProcessEntry process) =>
        Assert.True(await Processes.WaitForEndAsync(process.Id, TimeSpan.FromSeconds(2)), $"left running: {process}\n{Errors}");

    private string Gate(string host) => Path.Combine(Folder, $"gate-{host}");

    private static string[] Words(string options) => options.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static string Plain(string text) => text.Replace("\r\n", "\n", StringComparison.Ordinal);

    [GeneratedRegex("volley: no directory for control sockets: [^\\n]*\\n")]
    private static partial Regex SocketWarning();
}
