using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace Volley.Stress.Tests;

/// <summary>Children that another part of the program starts, by the platform's <see cref="Process"/>, at the same time as the engine's.</summary>
internal static class PlatformProcesses
{
    private const int AtOnce = 4;

    /// <summary>Starts processes until the work has ended; checks the output and the exit code of each.</summary>
    /// <returns>The number of processes.</returns>
    public static async Task<int> RunBesideAsync(Task work, CancellationToken cancellationToken)
    {
        var counts = await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(lane => Task.Run(() => RunLaneAsync(lane, work, cancellationToken), cancellationToken)));
        await work;
        return counts.Sum();
    }

    private static async Task<int> RunLaneAsync(int lane, Task work, CancellationToken cancellationToken)
    {
        var count = 0;
        while (!work.IsCompleted)
        {
            await RunAsync((lane * 50) + (count++ % 50), cancellationToken);
            // Leaves the processors to the engine for the most part.
            await Task.Delay(20, cancellationToken);
        }

        return count;
    }

    private static async Task RunAsync(int code, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"read line; echo \"out $line\"; echo \"err $line\" >&2; exit {code}"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        await process.StandardInput.WriteLineAsync(code.ToString(CultureInfo.InvariantCulture));
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken).WaitAsync(TimeSpan.FromMinutes(5), cancellationToken);
        Assert.Equal(($"out {code}\n", $"err {code}\n", code), (await output, await error, process.ExitCode));
    }
}
