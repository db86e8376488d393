using System.Globalization;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Peers;

/// <summary>A server of <c>tests/peers</c>: it prints its port once it listens, and ends with its standard input.</summary>
internal sealed class PeerServer : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly ProgramRun _run;

    private PeerServer(ProgramRun run, int port) => (_run, Port) = (run, port);

    public int Port { get; }

    /// <summary>All that the server printed.</summary>
    public string Log => _run.Stdout.Text + _run.Stderr.Text;

    /// <summary>Starts a server and waits until it listens.</summary>
    public static async Task<PeerServer> StartAsync(string program, params string[] arguments)
    {
        var run = ProgramRun.Start(new ProgramStart(program, arguments) { WorkingDirectory = "/" });
        try
        {
            return new(run, int.Parse((await run.ReadOutUntilAsync("\n", Limit)).TrimEnd(), CultureInfo.InvariantCulture));
        }
        catch (EndOfStreamException)
        {
            var words = await run.Stderr.ReadToEndAsync(Limit);
            await run.DisposeAsync();
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended: {words}");
        }
        catch
        {
            await run.DisposeAsync();
            throw;
        }
    }

    /// <summary>A script of <c>tests/peers</c>, by the distribution's Python, which has the distribution's modules.</summary>
    public static Task<PeerServer> StartPythonAsync(string script, params string[] arguments) =>
        StartAsync("/usr/bin/python3", [PathOf(script), .. arguments]);

    public static string PathOf(string name) => Path.Combine(Repository.Root, "tests", "peers", name);

    /// <summary>Runs a program that must succeed.</summary>
    public static async Task RunAsync(ProgramStart start)
    {
        var result = await ProgramRun.RunAsync(start, TimeSpan.FromMinutes(5));
        Assert.True(result.ExitCode == 0, $"{start.Program}: {result}");
    }

    public ValueTask DisposeAsync() => _run.DisposeAsync();
}
