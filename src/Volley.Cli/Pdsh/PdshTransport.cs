using System.ComponentModel;
using Volley.Interop;
using Volley.Ssh;
using Volley.Targets;
using Volley.Transports;
using Volley.Transports.Exec;

namespace Volley.Cli.Pdsh;

/// <summary>A transport with a local process for each target: the command itself, or an ssh that runs it.</summary>
/// <param name="arguments">The rcmd type, the user and the connect timeout.</param>
/// <param name="targets">The targets, whose entries can override the rcmd type and the user.</param>
/// <param name="context">The environment.</param>
/// <param name="children">Records each process.</param>
internal sealed class PdshTransport(PdshArguments arguments, PdshTargets targets, PdshContext context, PdshChildren children) : ITransport
{
    private readonly SshWords _ssh = new(context, arguments.ConnectTimeout);

    /// <summary>Whether the command is a line that a local shell must run, if no remote shell does.</summary>
    public bool RunsLines { get; init; }

    public ValueTask<ISession> ConnectAsync(Target target, CancellationToken cancellationToken) => new(new Session(this, target));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private IRemoteProcess Start(Target target, CommandJob command)
    {
        var rcmdType = targets.RcmdTypeOf(target) ?? arguments.RcmdType;
        var user = target.User ?? arguments.User ?? context.UserName;
        var words = rcmdType == Rcmd.Ssh
            ? _ssh.For(target, user, command.Words)
            : [.. (RunsLines ? ["sh", "-c", .. command.Words] : command.Words).Select(word => ExecTransport.Substitute(word, target, user))];
        var program = Path.GetFileName(words[0]);
        try
        {
            return children.Add(target, rcmdType, program, StartProgram(words));
        }
        catch (Win32Exception failure)
        {
            children.AddUnstarted(target, program);
            return new UnstartedProcess(context.Says($"execvp {words[0]} failed: {Errno.Text(failure.NativeErrorCode)}"), PdshChildren.UnstartedCode);
        }
    }

    private LocalProcess StartProgram(IReadOnlyList<string> words)
    {
        try
        {
            return LocalProcess.Start(words);
        }
        catch (Win32Exception noFormat) when (noFormat.NativeErrorCode == Errno.NoExecutableFormat)
        {
            // A file without a recognized format is run by a shell, as execvp(3) does.
            return LocalProcess.Start(["/bin/sh", PathOf(words[0]), .. words.Skip(1)]);
        }
    }

    private string PathOf(string program) => program.Contains('/', StringComparison.Ordinal)
        ? program
        : (context.Variable("PATH") ?? "").Split(':').Select(folder => Path.Combine(folder, program)).FirstOrDefault(SystemFile.Exists) ?? program;

    private sealed class Session(PdshTransport transport, Target target) : ISession
    {
        public ValueTask PingAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask<IRemoteProcess> StartAsync(CommandJob command, CancellationToken cancellationToken) =>
            new(transport.Start(target, command));

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
