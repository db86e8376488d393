using System.ComponentModel;
using Volley.Transports.Processes;

namespace Volley.Transports.Exec;

/// <summary>A session of the Exec transport. It needs no connection.</summary>
internal sealed class ExecSession(
    Target target, Func<Target, CommandJob, IReadOnlyList<string>> getArguments, IReadOnlyList<string> environment) : ISession
{
    // The exit codes of a shell: POSIX 2.9.1.
    private const int NotFoundCode = 127;
    private const int NotExecutableCode = 126;

    public ValueTask PingAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask<IRemoteProcess> StartAsync(CommandJob command, CancellationToken cancellationToken)
    {
        if (command.Terminal is not null)
            throw new TransportException(NodeOutcome.ConnectFailed, "a local process has no terminal of its own");
        var arguments = Argument.Command(getArguments(target, command), nameof(getArguments));
        try
        {
            return new(new LocalProcess(ChildProcess.Start(arguments, EnvironmentOf(command), pipeInput: command.Input is not null, new CommandMark())));
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

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private IReadOnlyList<string> EnvironmentOf(CommandJob command) => command.Environment.IsEmpty
        ? environment
        : [
            .. environment.Where(variable => !command.Environment.ContainsKey(variable.Split('=', 2)[0])),
            .. command.Environment.Select(variable => $"{variable.Key}={variable.Value}"),
        ];
}
