using System.ComponentModel;
using Volley.Scripts;
using Volley.Transports.Processes;

namespace Volley.Transports.Exec;

/// <summary>A session of the Exec transport. It needs no connection.</summary>
internal sealed class ExecSession(
    Target target, Func<Target, CommandJob, IReadOnlyList<string>> getArguments, IReadOnlyList<string> environment) : ISession
{
    // The exit codes of a shell: POSIX 2.9.1.
    private const int NotFoundCode = 127;
    private const int NotExecutableCode = 126;

    public bool SetsEnvironment => true;

    public ValueTask PingAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask<IRemoteProcess> StartAsync(CommandJob command, CancellationToken cancellationToken) => command.Terminal is null
        ? Start(command, pipeInput: command.Input is not null)
        : throw new TransportException(NodeOutcome.ConnectFailed, "a local process has no terminal of its own");

    public ValueTask<IRemoteProcess> OpenSubsystemAsync(string name, CancellationToken cancellationToken) => name == SftpProgram.Subsystem
        ? Start(SftpProgram.Start, pipeInput: true)
        : throw TransportException.NoSubsystem($"there is no subsystem {name} without an SSH server");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private ValueTask<IRemoteProcess> Start(CommandJob command, bool pipeInput)
    {
        var arguments = Argument.Command(getArguments(target, command), nameof(getArguments));
        if (command.WorkingDirectory is { } directory)
            arguments = WorkingDirectory.Enter(directory, arguments);
        try
        {
            return new(new LocalProcess(ChildProcess.Start(arguments, EnvironmentOf(command), pipeInput, new CommandMark())));
        }
        catch (Win32Exception failure) when (failure is not ChildStartException || ResourceLimit.FindAdvice(failure) is not null)
        {
            throw ResourceLimit.NotStarted("a process", failure);
        }
        catch (ChildStartException failure)
        {
            return new(new UnstartedProcess(failure.Message, failure.NotFound ? NotFoundCode : NotExecutableCode));
        }
    }

    private IReadOnlyList<string> EnvironmentOf(CommandJob command) => command.Environment.IsEmpty
        ? environment
        : [
            .. environment.Where(variable => !command.Environment.ContainsKey(variable.Split('=', 2)[0])),
            .. command.Environment.Select(variable => $"{variable.Key}={variable.Value}"),
        ];
}
