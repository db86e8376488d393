using System.ComponentModel;
using Volley.Cli.Run;
using Volley.Interop;

namespace Volley.Cli.Pdsh;

/// <summary>A transport with a local process for each target: the command itself, or an ssh that runs it.</summary>
/// <param name="arguments">The rcmd type, the user and the connect timeout.</param>
/// <param name="targets">The targets, whose entries can override the rcmd type and the user.</param>
/// <param name="context">The environment.</param>
/// <param name="children">Records each process.</param>
/// <param name="words">The arguments of the command.</param>
internal sealed class PdshTransport(
    PdshArguments arguments, PdshTargets targets, PdshContext context, PdshChildren children, IReadOnlyList<string> words) : ITransport
{
    private readonly SshArguments _ssh = new(context, arguments.ConnectTimeout);

    /// <summary>Whether the command is a line that a local shell must run, if no remote shell does.</summary>
    public bool RunsLines { get; init; }

    public ValueTask<ISession> ConnectAsync(Target target, CancellationToken cancellationToken) => new(new Session(this, target));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private IRemoteProcess Start(Target target)
    {
        var rcmdType = targets.GetRcmdType(target) ?? arguments.RcmdType;
        var user = targets.GetUser(target) ?? arguments.User ?? context.UserName;
        var commandLine = rcmdType == Rcmd.Ssh
            ? _ssh.For(target, user, words)
            : [.. (RunsLines ? ["sh", "-c", .. words] : words).Select(argument => Placeholders.Replace(argument, target, user))];
        var program = Path.GetFileName(commandLine[0]);
        try
        {
            return children.Add(target, rcmdType, program, StartProgram(commandLine));
        }
        catch (Win32Exception failure)
        {
            children.AddUnstarted(target, program);
            return LocalProcess.CreateUnstarted(
                context.Prefix($"execvp {commandLine[0]} failed: {Errno.Text(failure.NativeErrorCode)}"), PdshChildren.UnstartedCode);
        }
    }

    private LocalProcess StartProgram(IReadOnlyList<string> commandLine)
    {
        try
        {
            return LocalProcess.Start(commandLine);
        }
        catch (Win32Exception noFormat) when (noFormat.NativeErrorCode == Errno.NoExecutableFormat)
        {
            // A file without a recognized format is run by a shell, as execvp(3) does.
            return LocalProcess.Start(["/bin/sh", GetPath(commandLine[0]), .. commandLine.Skip(1)]);
        }
    }

    private string GetPath(string program) => program.Contains('/', StringComparison.Ordinal)
        ? program
        : ProgramPath.FindAll(program, context.Variable("PATH")).FirstOrDefault() ?? program;

    private sealed class Session(PdshTransport transport, Target target) : ISession
    {
        public ValueTask PingAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask<IRemoteProcess> StartAsync(CommandJob command, CancellationToken cancellationToken) =>
            new(transport.Start(target));

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
