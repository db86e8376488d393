using System.ComponentModel;
using System.Globalization;
using Volley.Interop;
using Volley.Interop.Text;

namespace Volley.Inventory.Programs;

/// <summary>Runs the programs of sources: upcalls, dynamic inventories, Slurm's commands.</summary>
internal static class SourceProgram
{
    private const int MaxOutput = 256 * 1024 * 1024;

    /// <summary>The limit for a program, after which it is ended.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>Runs a program without input, and returns its standard output.</summary>
    /// <param name="source">The name of the source, for errors.</param>
    /// <param name="arguments">The program and its arguments.</param>
    /// <param name="place">The file and line that state the program, for errors.</param>
    /// <param name="cancellationToken">Ends the program.</param>
    /// <exception cref="HostSourceException">
    /// The program can't be started, exits with another code than 0, or takes longer than <see cref="Limit"/>.
    /// </exception>
    public static Task<string> RunAsync(string source, IReadOnlyList<string> arguments, FilePlace place, CancellationToken cancellationToken) =>
        RunAsync(source, arguments, place, Limit, cancellationToken);

    /// <summary>Runs a program with a limit of its own.</summary>
    internal static async Task<string> RunAsync(
        string source, IReadOnlyList<string> arguments, FilePlace place, TimeSpan timeLimit, CancellationToken cancellationToken)
    {
        HostSourceException Fail(string message, Exception? failure = null) => new(source, message, place.Path, place.Line, failure);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeLimit);
        try
        {
            LocalProcess process = LocalProcess.Start(arguments);
            await using var ending = process.ConfigureAwait(false);
            using var output = new MemoryStream();
            using var errors = new MemoryStream();
            byte[] buffer = new byte[16384];
            while (await process.ReadAsync(buffer, limit.Token).ConfigureAwait(false) is { Count: > 0 } read)
            {
                MemoryStream stream = read.Stream == StreamKind.Stdout ? output : errors;
                stream.Write(buffer, 0, read.Count);
                if (stream.Length > MaxOutput)
                    throw Fail($"{arguments[0]} wrote more than {MaxOutput / 1024 / 1024} MiB");
            }
            ExitStatus status = await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
            if (status is { ExitCode: 0, Signal: null })
                return SystemText.Decode(output.ToArray());
            string end = status.Signal is { } signal
                ? $"was killed by SIG{signal}"
                : string.Create(CultureInfo.InvariantCulture, $"exited with code {status.ExitCode}");
            string said = FirstLine(SystemText.Decode(errors.ToArray()));
            throw Fail($"{arguments[0]} {end}, 0 was expected{(said.Length == 0 ? "" : $": {said}")}");
        }
        catch (Win32Exception failure)
        {
            throw Fail($"can't start {arguments[0]}: {Errno.Text(failure.NativeErrorCode)}", failure);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            string message = string.Create(
                CultureInfo.InvariantCulture, $"{arguments[0]} did not end within {timeLimit.TotalSeconds:0.###} seconds and was killed");
            throw Fail(message, new TimeoutException(message));
        }
    }

    private static string FirstLine(string text)
    {
        string line = text.Split('\n').Select(line => line.Trim()).FirstOrDefault(line => line.Length > 0) ?? "";
        return line.Length <= 200 ? line : line[..200] + "...";
    }
}
