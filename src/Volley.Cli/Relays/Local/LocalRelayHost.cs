using System.Globalization;
using System.Runtime.InteropServices;
using Volley.Cli.Options;
using Volley.Cli.Terminal;
using Volley.Relay;

namespace Volley.Cli.Relays.Local;

/// <summary>The parent of a local server and its relays: <c>[local-relays] SERVER DIRECTORY COUNT [OPTIONS]</c>, which only this program starts.</summary>
/// <param name="server">The path of the server's program.</param>
/// <param name="files">The files, which are created and removed.</param>
/// <param name="count">The number of relays.</param>
/// <param name="options">The options of the relays by which they connect to hosts.</param>
internal sealed class LocalRelayHost(string server, LocalFiles files, int count, string[] options)
{
    /// <summary>The first argument, which no user types.</summary>
    public const string Verb = "[local-relays]";

    /// <summary>What the line begins with that names the server, once all is ready.</summary>
    public const string Ready = "READY ";

    private const string Listens = "Listening for client connections on ";

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(10);

    private readonly List<ChildProgram> _relays = [];

    /// <summary>Runs the host if the arguments ask for it; otherwise returns null.</summary>
    /// <param name="arguments">The arguments of the program.</param>
    /// <param name="writer">The destination of messages.</param>
    public static Task<int>? TryRun(string[] arguments, TerminalWriter writer) => arguments is [Verb, var server, var folder, var count, .. var options]
        ? new LocalRelayHost(server, new LocalFiles(folder), int.Parse(count, CultureInfo.InvariantCulture), options).RunAsync(writer)
        : null;

    private async Task<int> RunAsync(TerminalWriter writer)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, End);
        var left = Task.WhenAny(WaitForEndOfInputAsync(), ended.Task);
        ChildProgram? nats = null;
        try
        {
            await files.CreateAsync();
            nats = ChildProgram.Start("nats-server", [server, "-c", files.ServerConfig], FindUrl);
            var url = await nats.WaitUntilReadyAsync(StartLimit);
            _relays.AddRange(Enumerable.Range(1, count).Select(number => StartRelay(url, number)));
            await Task.WhenAll(_relays.Select(relay => relay.WaitUntilReadyAsync(StartLimit)));
            writer.PrintOut(Ready + url);
            writer.Flush();
            await left;
            return 0;
        }
        catch (RelayException failure)
        {
            writer.PrintErr(failure.Message);
            writer.Flush();
            return ExitCodes.Failure;
        }
        finally
        {
            await StopRelaysAsync();
            if (nats is not null)
                await nats.DisposeAsync();
            files.Remove();
        }

        void End(PosixSignalContext context)
        {
            context.Cancel = true;
            ended.TrySetResult();
        }
    }

    private ChildProgram StartRelay(string url, int number)
    {
        var name = FormattableString.Invariant($"local-{number}");
        return ChildProgram.Start(
            $"the relay {name}",
            [
                Environment.ProcessPath!, CommandLine.Relay, "--config", "none", "--server", url, "--insecure", "--group", "local", "--name", name,
                "--nats-user", LocalFiles.User, "--nats-password-file", files.Password, "--allowed-signers", files.AllowedSigners, "--allow-exec",
                "--state-dir", Path.Combine(files.Folder, name), .. options,
            ],
            line => line.StartsWith(RelayCommand.Ready, StringComparison.Ordinal) ? line : null);
    }

    /// <summary>Ends the relays, with the commands that they may still run.</summary>
    private async Task StopRelaysAsync()
    {
        // The first signal ends those without commands, and the second one ends commands, too.
        await SignalRelaysAsync("TERM", DrainLimit);
        await SignalRelaysAsync("INT", StopLimit);
        await Task.WhenAll(_relays.Select(relay => relay.DisposeAsync().AsTask()));
    }

    /// <summary>Sends a signal to the relays that still run, and waits for their ends up to a limit.</summary>
    private async Task SignalRelaysAsync(string signal, TimeSpan limit)
    {
        foreach (var relay in _relays.Where(relay => !relay.Ended.IsCompleted))
            await relay.SignalAsync(signal);
        await Task.WhenAny(Task.WhenAll(_relays.Select(relay => relay.Ended)), Task.Delay(limit));
    }

    private static string? FindUrl(string line) => line.IndexOf(Listens, StringComparison.Ordinal) is >= 0 and var start ? $"nats://{line[(start + Listens.Length)..].Trim()}" : null;

    private static async Task WaitForEndOfInputAsync()
    {
        await using var input = StandardInputFile.Open();
        var buffer = new byte[64];
        while (await input.ReadAsync(buffer) > 0)
        {
            // Nothing is sent.
        }
    }
}
