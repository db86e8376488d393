using System.Runtime.InteropServices;
using System.Text;
using Volley.Cli.Pdsh;
using Volley.Cli.Terminal;

namespace Volley.Cli.Dshbak;

/// <summary>The front end that is called <c>dshbak</c>: lines <c>HOST: text</c> in, one block for each host out, once all have come.</summary>
internal sealed class DshbakProgram(TerminalWriter writer)
{
    private static readonly string[] Usage =
    [
        "Usage: dshbak [OPTION]...",
        " -h       Display this help message",
        " -c       Coalesce identical output from hosts",
        " -d DIR   Send output to files in DIR, one file per host",
        " -f       With -d, force creation of DIR",
    ];

    public async Task<int> RunAsync(IReadOnlyList<string> words)
    {
        try
        {
            var options = DshbakOptions.Parse(words);
            if (options is null)
                return Explain();
            options.Check();
            using var outputs = new HostOutputs();
            // ^C ends the input, not the output: what has come is printed.
            using var stopping = new CancellationTokenSource();
            void Stop(PosixSignalContext signal)
            {
                signal.Cancel = !stopping.IsCancellationRequested;
                stopping.Cancel();
            }

            using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
            using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
            await ReadAsync(options.Files, outputs, stopping.Token);
            Write(options, outputs);
            return stopping.IsCancellationRequested ? ExitCodes.Of(StopReason.Interrupt)!.Value : 0;
        }
        catch (GetOptException wrong)
        {
            if (wrong.Message.StartsWith("invalid", StringComparison.Ordinal))
                writer.PrintErr($"Unknown option: {wrong.Option}");
            return Explain();
        }
        catch (DshbakException wrong)
        {
            writer.Flush();
            writer.PrintErr($"dshbak: Fatal: {wrong.Message}");
            return ExitCodes.Failure;
        }
        finally
        {
            writer.Flush();
        }
    }

    /// <summary>The text of -h, which also follows a wrong command line; neither is a failure.</summary>
    private int Explain()
    {
        writer.PrintErr(Usage);
        return 0;
    }

    private async Task ReadAsync(IReadOnlyList<string> files, HostOutputs outputs, CancellationToken cancellationToken)
    {
        if (files.Count == 0)
            files = ["-"];
        foreach (var file in files)
        {
            try
            {
                await using var input = file == "-" ? Surroundings.Descriptor0() : new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 0);
                await outputs.ReadAsync(input, cancellationToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                writer.PrintErr($"Can't open {file}: {(failure is FileNotFoundException or DirectoryNotFoundException ? "No such file or directory" : failure is UnauthorizedAccessException ? "Permission denied" : failure.Message)}.");
            }
        }
    }

    private void Write(DshbakOptions options, HostOutputs outputs)
    {
        if (options.Folder is { } folder)
        {
            foreach (var host in outputs.Sorted())
                WriteFile(folder, host);
            return;
        }

        foreach (var (hosts, output) in options.Coalesces ? outputs.Groups() : outputs.Sorted().Select(output => (output.Host, output)))
        {
            writer.WriteOut(Encoding.UTF8.GetBytes($"----------------\n{hosts}\n----------------\n"));
            output.CopyTo(writer.WriteOut);
        }
    }

    private static void WriteFile(string folder, HostOutput host)
    {
        var path = Path.Combine(folder, host.Host);
        try
        {
            using var file = new FileStream(path, FileMode.Create, FileAccess.Write);
            host.CopyTo(file.Write);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new DshbakException($"Failed to open output file '{path}': {Reason(failure)}");
        }
    }

    private static string Reason(Exception failure) => failure switch
    {
        DirectoryNotFoundException => "No such file or directory",
        UnauthorizedAccessException => "Permission denied",
        _ => failure.Message,
    };
}

/// <summary>Nothing more is done; the message says why.</summary>
internal sealed class DshbakException(string message) : Exception(message);
