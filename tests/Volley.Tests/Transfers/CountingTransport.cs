using System.Collections.Concurrent;

namespace Volley.Tests.Transfers;

/// <summary>This machine as a target, with an SFTP server, which records the commands that are started there.</summary>
internal sealed class CountingTransport : ITransport
{
    private readonly ExecTransport _local = new();
    private readonly ConcurrentQueue<string> _commands = [];

    /// <summary>Returns the commands since the last call.</summary>
    public string[] TakeCommands()
    {
        string[] commands = [.. _commands];
        _commands.Clear();
        return commands;
    }

    public async ValueTask<ISession> ConnectAsync(Target target, CancellationToken cancellationToken) =>
        new Session(await _local.ConnectAsync(target, cancellationToken), _commands);

    public ValueTask DisposeAsync() => _local.DisposeAsync();

    private sealed class Session(ISession session, ConcurrentQueue<string> commands) : ISession
    {
        public ValueTask PingAsync(CancellationToken cancellationToken) => session.PingAsync(cancellationToken);

        public ValueTask<IRemoteProcess> StartAsync(CommandJob command, CancellationToken cancellationToken)
        {
            commands.Enqueue(string.Join(' ', command.Arguments));
            return session.StartAsync(command, cancellationToken);
        }

        public ValueTask<IRemoteProcess> OpenSubsystemAsync(string name, CancellationToken cancellationToken) => session.OpenSubsystemAsync(name, cancellationToken);

        public ValueTask DisposeAsync() => session.DisposeAsync();
    }
}
