using System.Runtime.InteropServices;
using Volley.Cli.Run;
using Volley.Cli.Terminal;
using Volley.Relay;

namespace Volley.Cli.Relays;

/// <summary>The command <c>volley relay</c>: runs targets for controllers until a signal ends it.</summary>
/// <param name="request">The request.</param>
/// <param name="writer">The destination of messages.</param>
internal sealed class RelayCommand(RelayRequest request, TerminalWriter writer) : IDisposable
{
    /// <summary>What the line on standard error begins with once the relay takes targets.</summary>
    public const string Ready = "READY ";

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _drain = new();
    private readonly CancellationTokenSource _stop = new();
    private int _code;

    /// <exception cref="RelayException">The server can't be used.</exception>
    public async Task<int> RunAsync()
    {
        var worker = request.Worker;
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => End(context, StopReason.Terminate));
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => End(context, StopReason.Interrupt));
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => End(context, StopReason.HangUp));
        var logger = new StderrLogger(writer, request.Run.Output.Verbosity);
        var server = request.Run.Server.Create($"volley relay {worker.Name}");
        await using var connection = await RelayServer.ConnectAsync(server, logger, _drain.Token);
        var transports = new RelayTransports(request.Run, logger, TimeProvider.System);
        var relay = new RelayWorker(connection, worker, transports.OpenAsync, logger);
        var running = relay.RunAsync(_drain.Token, _stop.Token);
        if (await Task.WhenAny(relay.Ready, running) == relay.Ready)
            Print($"{Ready}{worker.Name}");
        await running;
        return _code;
    }

    private void Print(string line)
    {
        writer.PrintErr(line);
        writer.Flush();
    }

    public void Dispose()
    {
        _drain.Dispose();
        _stop.Dispose();
    }

    private void End(PosixSignalContext context, StopReason reason)
    {
        context.Cancel = true;
        lock (_lock)
        {
            if (!_drain.IsCancellationRequested)
            {
                Print("volley: the relay takes no more targets and ends when those that run have ended; a second signal ends them");
                _drain.Cancel();
                return;
            }

            _code = ExitCodes.ForStop(reason) ?? ExitCodes.Failure;
            _stop.Cancel();
        }
    }
}
