using System.Runtime.InteropServices;
using Volley.Cli.Options.Parsing;
using Volley.Cli.Output;
using Volley.Cli.Terminal;
using Volley.Interop;
using Volley.Interop.Files;
using Volley.Interop.Text;

namespace Volley.Cli.Dshbak;

/// <summary>The front end named <c>dshbak</c>: reads lines <c>HOST: text</c>, and at the end of the input prints one block per host.</summary>
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

    public async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        try
        {
            var options = DshbakOptions.Parse(arguments);
            if (options is null)
                return Explain();
            options.Check();
            return await RunAsync(options);
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

    private async Task<int> RunAsync(DshbakOptions options)
    {
        using var directory = options.OpenOutputDirectory();
        using var outputs = new HostOutputs();
        // ^C ends the input, not the output: the lines received so far are printed.
        using var stopping = new CancellationTokenSource();
        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = !stopping.IsCancellationRequested;
            stopping.Cancel();
        }

        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        var isWhole = await ReadAllAsync(options.Files, outputs, stopping.Token);
        if (directory is null)
            Write(options, outputs);
        else
            WriteFiles(options.Directory!, directory, [.. outputs.Sorted()]);
        var code = stopping.IsCancellationRequested ? ExitCodes.ForStop(StopReason.Interrupt)!.Value : isWhole ? 0 : ExitCodes.Failure;
        return writer.Finish(code, "dshbak");
    }

    /// <summary>Prints the usage text, for <c>-h</c> and after an invalid command line. Returns 0 in both cases.</summary>
    private int Explain()
    {
        writer.PrintErr(Usage);
        return 0;
    }

    /// <summary>Reads the inputs, and skips files that can't be opened. Returns false if an input could not be read or buffered completely.</summary>
    private async Task<bool> ReadAllAsync(IReadOnlyList<string> files, HostOutputs outputs, CancellationToken cancellationToken)
    {
        if (files.Count == 0)
            files = ["-"];
        foreach (var file in files)
        {
            if (file != "-")
            {
                if (OpenFile(file) is { } input && !await ReadAsync(file, input, outputs, cancellationToken))
                    return false;
            }
            else if (StandardInputFile.TryOpen(out var error) is not { } input)
            {
                writer.PrintErr($"dshbak: {error}");
                return false;
            }
            else if (!await ReadAsync(file, input, outputs, cancellationToken))
            {
                return false;
            }

            if (cancellationToken.IsCancellationRequested)
                return true;
        }

        return true;
    }

    private FileStream? OpenFile(string path)
    {
        try
        {
            return SystemFile.OpenStream(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            writer.PrintErr($"Can't open {path}: {SystemMessage.Of(failure, path)}.");
            return null;
        }
    }

    /// <summary>Reads an input to its end, or until the token is canceled. Returns false if it could not be read or buffered completely.</summary>
    private async Task<bool> ReadAsync(string name, Stream input, HostOutputs outputs, CancellationToken cancellationToken)
    {
        await using (input)
        {
            try
            {
                await outputs.ReadAsync(input, cancellationToken);
            }
            catch (OperationCanceledException)
            {
                // The lines that were read are printed.
            }
            catch (IOException failure)
            {
                writer.PrintErr($"dshbak: {name}: {SystemMessage.Of(failure)}; what came after that is missing");
                return false;
            }

            return true;
        }
    }

    private void Write(DshbakOptions options, HostOutputs outputs)
    {
        foreach (var (hosts, output) in options.Coalesces ? outputs.Groups() : outputs.Sorted().Select(output => (output.Host, output)))
        {
            writer.PrintOut($"----------------\n{hosts}\n----------------");
            if (!writer.StdoutIsTerminal)
            {
                output.CopyTo(writer.WriteOut);
                continue;
            }

            var block = new OutputBlock(writer, new Style(IsOn: true));
            output.CopyTo(piece => block.Append(StreamKind.Stdout, piece));
            block.Complete();
        }
    }

    /// <summary>Writes the files of <c>-d</c>. Replaces host names that are not safe as file names or lead out of the directory.</summary>
    private void WriteFiles(string path, OpenDirectory directory, IReadOnlyList<HostOutput> hosts)
    {
        foreach (var (host, name) in hosts.Zip(FileNames.ForHosts(hosts.Select(host => host.Host))))
        {
            if (name != host.Host)
                writer.PrintErr($"dshbak: the output of {host.Host} is in {Path.Combine(path, name)}");
            try
            {
                using var file = directory.Replace(name);
                host.CopyTo(data => Descriptor.WriteAll(file, data));
            }
            catch (IOException failure)
            {
                throw new DshbakException($"Failed to open output file '{Path.Combine(path, name)}': {SystemMessage.Of(failure)}");
            }
        }
    }
}

/// <summary>The exception for a fatal error, with its message.</summary>
internal sealed class DshbakException(string message) : Exception(message);
