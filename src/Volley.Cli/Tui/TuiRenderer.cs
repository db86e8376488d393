using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Terminal.Gui.App;
using Volley.Cli.Output;
using Volley.Cli.Run;
using Volley.Cli.Terminal;
using Volley.Cli.Tui.Nodes;
using Volley.Interop;
using Volley.Interop.Files;
using Volley.Rollout;

namespace Volley.Cli.Tui;

/// <summary>
/// The renderer of output <c>tui</c>. It owns the terminal from <see cref="Start"/> until the run is complete. Messages of the
/// program go to the log view; warnings and errors are also written to standard error afterwards.
/// </summary>
internal sealed class TuiRenderer : IRenderer, ITuiCommands, IDisposable
{
    /// <summary>The interval of redraws, except those that a key causes.</summary>
    private static readonly TimeSpan DrawInterval = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan EndCheck = TimeSpan.FromMilliseconds(100);

    private readonly RunSettings _settings;
    private readonly TerminalWriter _writer;
    private readonly Lock _gate = new();
    private readonly TuiState _state;
    private readonly TuiSession _session;
    private readonly List<string> _printedLater = [];
    private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Rounds? _rounds;
    private Thread? _thread;
    private IApplication? _application;
    private TerminalRescue? _rescue;
    private Exception? _crash;
    private long _drawnVersion = -1;
    private volatile bool _isOver;
    private volatile bool _isGone;

    public TuiRenderer(RunSettings settings, TerminalWriter writer, TimeProvider time)
    {
        _settings = settings;
        _writer = writer;
        _state = new TuiState(settings.Plan, time) { Batches = settings.Rollout?.Batches ?? [] };
        foreach (var end in settings.Repeated?.Ends ?? [])
            _state.Apply(end);
        _session = new TuiSession(_state, this, isAscii: !settings.Output.TerminalIsUnicode);
        Logger = new TuiLogger(settings.Verbosity, (level, message) =>
        {
            // Warnings are printed after the run, too, like errors.
            if (level >= LogLevel.Warning)
                AddError($"volley: {message}");
            else
                AddMessage(message);
        });
    }

    /// <summary>The logger for the library, whose messages appear in the log view.</summary>
    public ILogger Logger { get; }

    /// <summary>Completes when the screen has failed and the terminal is restored.</summary>
    public Task Failed => _failed.Task;

    public bool IsLive => _rounds!.IsLive;

    public RolloutControl? Rollout => _settings.Rollout?.Control;

    public string? CannotRepeat => _settings.CannotRepeat;

    /// <summary>Takes the terminal, and holds the run open until the user leaves.</summary>
    public void Start(Rounds rounds)
    {
        _rounds = rounds;
        rounds.Hold();
        _writer.Flush();
        _writer.DivertErr(AddError);
        _rescue = new TerminalRescue();
        _thread = new Thread(RunScreen) { IsBackground = true, Name = "terminal" };
        _thread.Start();
#pragma warning disable RS0030 // The first event must find the screen set up, and Start is synchronous.
        _ready.Task.Wait();
#pragma warning restore RS0030
    }

    public void Render(NodeEvent nodeEvent)
    {
        lock (_gate)
            _state.Apply(nodeEvent);
    }

    /// <summary>Restores the terminal. The run is complete, and the user has left.</summary>
    public void Complete(RunSummary summary) => GiveBackTerminal();

    /// <summary>Handles an interrupt signal as the key Ctrl+C. Returns false if there is no screen any more.</summary>
    public bool Interrupt()
    {
        if (_thread is null || _isOver || _failed.Task.IsCompleted)
            return false;
        lock (_gate)
            _session.Press("Ctrl+C");
        return true;
    }

    public void Cancel(Target target) => InBackground(() => _rounds!.Cancel(target));

    public void Rerun(ImmutableArray<Target> targets) => InBackground(() => _rounds!.Rerun(targets));

    public void Stop() => InBackground(() =>
    {
        if (!_rounds!.TryStop(StopReason.Interrupt))
            _rounds.StopNow();
    });

    public void AbortRollout() => InBackground(() => _rounds!.AbortRollout());

    public void Leave() => _rounds!.Release();

    public void Suspend() => _application!.Invoke(() =>
    {
        _rescue!.Suspend();
        // The shell has overwritten the screen.
        _application.ClearScreenNextIteration = true;
        _application.LayoutAndDraw(true);
    });

    public void Write(string directory, ImmutableArray<NodeState> nodes, Action<string> done) => InBackground(() =>
    {
        string message;
        try
        {
            var files = new OutputExport(_gate, FileNames.ForLabels(_settings.Plan.Targets.Select(target => target.Label))).Write(directory, nodes);
            message = $"{NumberText.Count(files, "file")} written to {directory}";
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            message = $"not written: {directory}: {SystemMessage.Of(failure)}";
        }

        lock (_gate)
        {
            done(message);
            _state.AddMessage($"volley: {message}");
        }
    });

    public void Dispose()
    {
        GiveBackTerminal();
        _state.Dispose();
    }

    /// <summary>Runs an action on the thread pool, since a stop cancels the tokens of thousands of nodes and a key must not wait for that.</summary>
    private static void InBackground(Action action) => ThreadPool.UnsafeQueueUserWorkItem(static action => action(), action, preferLocal: false);

    private void AddMessage(string message)
    {
        lock (_gate)
            _state.AddMessage(message);
    }

    private void AddError(string line)
    {
        lock (_gate)
        {
            _state.AddMessage(line);
            _printedLater.Add(line);
        }
    }

    private void RunScreen()
    {
        try
        {
            using var application = Application.Create();
            _application = application;
            application.Init();
            // Use the terminal's palette of 16 colors, which the user may have configured.
            application.Driver!.Force16Colors = true;
            using var screen = new TuiScreen(_session, _gate, _settings.Output.StdoutHasColors);
            application.AddTimeout(DrawInterval, () =>
            {
                Tick(application, screen);
                return true;
            });
            _ready.TrySetResult();
            application.Run(screen);
        }
#pragma warning disable CA1031 // Any failure of the screen restores the terminal, and the run continues.
        catch (Exception crash)
#pragma warning restore CA1031
        {
            _crash = crash;
        }
        finally
        {
            _ready.TrySetResult();
        }

        if (!_isOver)
            EndEarly();
    }

    private void Tick(IApplication application, TuiScreen screen)
    {
        if (_isOver)
            application.RequestStop();
        CheckTerminal();
        lock (_gate)
        {
            if (_session.Tick() || _drawnVersion != _state.Version || _state.Running > 0)
                screen.SetNeedsDraw();
            _drawnVersion = _state.Version;
        }
    }

    /// <summary>Stops the run if the terminal was closed, since that need not raise a signal.</summary>
    private void CheckTerminal()
    {
        if (_isGone || _rescue is not { IsGone: true })
            return;
        _isGone = true;
        InBackground(() => _rounds!.TryStop(StopReason.HangUp));
    }

    /// <summary>Restores the terminal after the screen has failed. The run continues without it.</summary>
    private void EndEarly()
    {
        _rescue?.Restore();
        _writer.DivertErr(null);
        _writer.PrintErr($"volley: the terminal UI failed: {_crash?.Message ?? "it exited unexpectedly"}; the run continues without it");
        _rounds!.Release();
        _failed.TrySetResult();
    }

    private void EndScreen(Thread thread)
    {
        // Once the terminal is gone, Terminal.Gui waits forever for the end of its read.
        for (var waited = TimeSpan.Zero; !thread.Join(EndCheck) && _rescue is { IsGone: false }; waited += EndCheck)
        {
            if (waited < EndLimit)
                continue;
            _rescue.Restore();
            return;
        }
    }

    private void GiveBackTerminal()
    {
        if (_isOver || _thread is null)
            return;
        _isOver = true;
        EndScreen(_thread);
        _rescue?.Dispose();
        _writer.DivertErr(null);
        foreach (var line in _printedLater)
            _writer.PrintErr(line);
    }
}
