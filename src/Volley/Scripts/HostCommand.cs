using Volley.Interop.Text;
using Volley.Transports;

namespace Volley.Scripts;

/// <summary>The command line of a command with its variables and its directory.</summary>
/// <remarks>
/// The variables are set by the login shell itself, which then runs the command: that is what ssh(1) would have run, and no process is added. Values
/// that must not be on a command line, and those that a csh can't have there, are read by a <c>sh</c> from standard input, which becomes the login
/// shell. Its start-up files are read a second time then. A line of the user has lines of its own, because bash and fish print the whole line that has
/// an error.
/// </remarks>
/// <param name="CommandLine">The command line for a login shell.</param>
/// <param name="Preamble">What precedes the standard input of the command; empty for nothing.</param>
internal sealed record HostCommand(string CommandLine, byte[] Preamble)
{
    /// <summary>The longest beginning of a command line that sets variables. Together with a long command it must not exceed what a process can have.</summary>
    private const int LongestPrefix = 16 << 10;

    /// <summary>Starts a command at a target, with the variables and in the directory that it has there.</summary>
    /// <exception cref="TransportException">The command can't be started.</exception>
    public static async ValueTask<IRemoteProcess> StartAsync(ISession session, CommandJob job, Target target, CancellationToken cancellationToken)
    {
        if (job.TargetEnvironment is { } getMore)
            job = job with { Environment = job.Environment.SetItems(getMore(target)), TargetEnvironment = null };
        var mayHaveTerminal = job.Terminal is not null || session.MayAddTerminal;
        var line = session.SetsEnvironment || (job.Environment.IsEmpty && job.WorkingDirectory is null) ? null : Create(job, mayHaveTerminal);
        var command = line is null ? job : job.WithCommandLine(line.CommandLine, line.Preamble.Length > 0);
        var process = await session.StartAsync(command, cancellationToken).ConfigureAwait(false);
        Returned.NotNull(process, session, nameof(ISession.StartAsync));
        if (line is { Preamble.Length: > 0 })
            await SendAsync(process, line.Preamble, isAll: job.Input is null, cancellationToken).ConfigureAwait(false);
        if (job.WorkingDirectory is not { } path)
            return process;
        // A terminal merges both streams.
        var watched = job.Terminal is null ? new DirectoryWatch(process, path, StreamKind.Stderr) : process;
        return mayHaveTerminal ? new DirectoryWatch(watched, path, StreamKind.Stdout) : watched;
    }

    /// <summary>Composes the command line of a command.</summary>
    /// <param name="job">The command.</param>
    /// <param name="mayHaveTerminal">Whether a terminal may echo what is written to standard input.</param>
    /// <exception cref="TransportException">No shell can set a variable of this name.</exception>
    public static HostCommand Create(CommandJob job, bool mayHaveTerminal)
    {
        var variables = job.Environment.OrderBy(variable => variable.Key, StringComparer.Ordinal).ToArray();
        if (Array.Find(variables, variable => !Argument.IsVariable(variable.Key)).Key is { } invalid)
            throw new TransportException(NodeOutcome.ConnectFailed, $"a shell can't set a variable of the name '{invalid}'");
        if (!variables.Any(variable => job.Secrets.Contains(variable.Key) || HasLineFeed(variable.Value)) && !HasLineFeed(job.WorkingDirectory))
        {
            var prefix = LoginShell.Export(variables, isUsed: job.IsLine) + (job.WorkingDirectory is { } path ? WorkingDirectory.Enter(path) : "");
            if (prefix.Length <= LongestPrefix && Fits(job, prefix, mayHaveTerminal))
                return new(prefix + (job.IsLine ? "\n" : "") + job.CommandLine, []);
        }

        var export = variables.Length == 0 ? "" : $"export {string.Join(' ', variables.Select(one => $"{one.Key}={ShellWord.QuoteAlways(one.Value)}"))}; ";
        var check = LoginShell.Check(variables.Where(one => !job.Secrets.Contains(one.Key) && !HasLineFeed(one.Value)));
        var line = check.Length == 0 ? job.CommandLine : $"{check}\n{job.CommandLine}";
        var program = export + (job.WorkingDirectory is { } directory ? WorkingDirectory.EnterInSh(directory) : "")
            + (job.IsLine ? LoginShell.Run(line, variables) : job.CommandLine);
        // A terminal would echo what is written to it.
        return mayHaveTerminal
            ? new(LoginShell.CommandLine(["sh", "-c", program]), [])
            : new(LoginShell.ReadProgram, LoginShell.ProgramToRead(program));
    }

    /// <summary>Whether the beginning does not make a command too long that a server would start without it.</summary>
    private static bool Fits(CommandJob job, string prefix, bool mayHaveTerminal)
    {
        if (mayHaveTerminal || job.CommandLine.Length < (Argument.MaxArgumentBytes / 3) - LongestPrefix)
            return true;
        var length = SystemText.GetByteCount(job.CommandLine);
        return length + SystemText.GetByteCount(prefix) <= Argument.MaxArgumentBytes || length > Argument.MaxArgumentBytes;
    }

    private static bool HasLineFeed(string? text) => text is not null && text.Contains('\n', StringComparison.Ordinal);

    private static async ValueTask SendAsync(IRemoteProcess process, byte[] preamble, bool isAll, CancellationToken cancellationToken)
    {
        try
        {
            // A login shell that does not read it, such as nologin, ends with a message of its own.
            _ = await process.WriteAsync(preamble, cancellationToken).ConfigureAwait(false);
            if (isAll)
                process.CloseInput();
        }
        catch
        {
            await process.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
