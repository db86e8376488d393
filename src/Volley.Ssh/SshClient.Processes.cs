using System.Globalization;
using Volley.Interop.Text;
using Volley.Ssh.Sftp;
using Volley.Ssh.Wire;

namespace Volley.Ssh;

/// <content>Commands, shells and subsystems.</content>
public sealed partial class SshClient
{
    /// <summary>The longest command line that a server accepts, in bytes: its packets hold at most 256 KiB.</summary>
    public const int MaxCommandBytes = SshWriter.MaxMessage - 18;

    /// <summary>Runs a command and collects its output, which must fit into memory.</summary>
    /// <remarks>
    /// When the token fires, the task ends at once and the command is abandoned: its channel is closed, and the server closes the command's input and
    /// output. Most commands end at their next read or write; one that does neither, such as <c>sleep</c>, continues at the server, because sshd sends
    /// no signal to a command without a terminal. To be sure, start it with <see cref="ExecuteAsync"/>, call
    /// <see cref="SshProcess.SendSignalAsync"/>, and wait for its exit; or give it a terminal, whose end sends SIGHUP.
    /// </remarks>
    /// <param name="command">The command line, which the login shell of the user interprets.</param>
    /// <param name="options">The options; null for the defaults. Without <see cref="SshProcessOptions.Input"/> the command has no input.</param>
    /// <param name="cancellationToken">Abandons the command, which may continue at the server: see the remarks.</param>
    /// <returns>The exit status and the output.</returns>
    /// <exception cref="ArgumentException">
    /// <paramref name="command"/> is null, has a NUL or an unpaired surrogate, or is longer than <see cref="MaxCommandBytes"/>; or a text of the options
    /// is too long for a message.
    /// </exception>
    /// <exception cref="SshException">
    /// The server refused the command (<see cref="SshFailure.RequestRefused"/>, <see cref="SshFailure.ChannelRefused"/>), its output is too large
    /// (<see cref="SshFailure.OutputTooLarge"/>), or the connection ended.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The client is disposed.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public async Task<SshCommandResult> RunAsync(string command, SshProcessOptions? options = null, CancellationToken cancellationToken = default)
    {
        CheckCommand(command);
        options = options is null ? NoInput : options.Input is null ? options with { Input = ReadOnlyMemory<byte>.Empty } : options;
        var process = await StartAsync(
            options,
            (channel, _) =>
            {
                // The answer is not awaited: the end shows a refusal, too.
                channel.Exec(command, withoutInput: options.Input is { IsEmpty: true });
                return ValueTask.CompletedTask;
            },
            cancellationToken).ConfigureAwait(false);
        await using var disposing = process.ConfigureAwait(false);
        return await process.ReadToEndAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Starts a command.</summary>
    /// <remarks>
    /// The token has no effect once the command has started. When it fires before, the command is abandoned as by <see cref="SshProcess.DisposeAsync"/>,
    /// and may have started. To stop a running command, call <see cref="SshProcess.SendSignalAsync"/> or dispose the process.
    /// </remarks>
    /// <param name="command">The command line, which the login shell of the user interprets.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <param name="cancellationToken">Abandons the start.</param>
    /// <returns>The running command, which the caller disposes.</returns>
    /// <exception cref="ArgumentException">
    /// <paramref name="command"/> is null, has a NUL or an unpaired surrogate, or is longer than <see cref="MaxCommandBytes"/>; or a text of the options
    /// is too long for a message.
    /// </exception>
    /// <exception cref="SshException">
    /// The server refused the command, the terminal or the agent (<see cref="SshFailure.RequestRefused"/>), or a further session
    /// (<see cref="SshFailure.ChannelRefused"/>), or the connection ended.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The client is disposed.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public Task<SshProcess> ExecuteAsync(string command, SshProcessOptions? options = null, CancellationToken cancellationToken = default)
    {
        CheckCommand(command);
        options ??= DefaultOptions;
        return StartAsync(options, (channel, token) => channel.ExecAsync(command, withoutInput: options.Input is { IsEmpty: true }, token), cancellationToken);
    }

    /// <summary>Starts the login shell of the user. For interactive use set <see cref="SshProcessOptions.Terminal"/>.</summary>
    /// <param name="options">The options; null for the defaults, without a terminal.</param>
    /// <param name="cancellationToken">Abandons the start.</param>
    /// <returns>The running shell, which the caller disposes.</returns>
    /// <exception cref="SshException">The server refused the shell, the terminal, the agent or a further session, or the connection ended.</exception>
    /// <exception cref="ObjectDisposedException">The client is disposed.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public Task<SshProcess> OpenShellAsync(SshProcessOptions? options = null, CancellationToken cancellationToken = default) =>
        StartAsync(options ?? DefaultOptions, (channel, token) => channel.ShellAsync(token), cancellationToken);

    /// <summary>Starts a subsystem, such as sftp. Its protocol is spoken on standard input and standard output.</summary>
    /// <param name="name">The name of the subsystem.</param>
    /// <param name="cancellationToken">Abandons the start.</param>
    /// <returns>The running subsystem, which the caller disposes.</returns>
    /// <exception cref="ArgumentException"><paramref name="name"/> is null or empty, or has a NUL.</exception>
    /// <exception cref="SshException">The server has no such subsystem, or refused a further session, or the connection ended.</exception>
    /// <exception cref="ObjectDisposedException">The client is disposed.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public Task<SshProcess> OpenSubsystemAsync(string name, CancellationToken cancellationToken = default)
    {
        Argument.Text(name, nameof(name));
        return StartAsync(DefaultOptions, (channel, token) => channel.SubsystemAsync(name, token), cancellationToken);
    }

    /// <summary>Starts the server's subsystem sftp, for work with its files.</summary>
    /// <param name="cancellationToken">Abandons the start.</param>
    /// <returns>The client of SFTP, which the caller disposes. It ends with this client.</returns>
    /// <exception cref="SshException">
    /// The server offers no SFTP (<see cref="SshFailure.RequestRefused"/>), or refused a further session, or the connection ended.
    /// </exception>
    /// <exception cref="SftpException">What the server started does not speak SFTP version 3, or ended.</exception>
    /// <exception cref="ObjectDisposedException">The client is disposed.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public async Task<SftpClient> OpenSftpAsync(CancellationToken cancellationToken = default)
    {
        var process = await OpenSubsystemAsync("sftp", cancellationToken).ConfigureAwait(false);
        return await SftpClient.ConnectAsync(new SftpProcessStream(process, process.Channel), cancellationToken).ConfigureAwait(false);
    }

    private static SshProcessOptions DefaultOptions { get; } = new();

    /// <summary>Checks a command before anything is sent: a server would end the connection, and so all its commands, for a text that is too long.</summary>
    private static void CheckCommand(string command)
    {
        Argument.WithoutNul(command, nameof(command));
        if (command.Length > MaxCommandBytes / 3 && SystemText.GetByteCount(command) is > MaxCommandBytes and var count)
        {
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"the command has {count:N0} bytes, and SSH servers take at most {MaxCommandBytes:N0}"),
                nameof(command));
        }
    }

    /// <summary>The variables that the configuration sends.</summary>
    private IReadOnlyList<KeyValuePair<string, string>> Environment => field ??= Settings.EnvironmentToSend();

    private static SshProcessOptions NoInput { get; } = new() { Input = ReadOnlyMemory<byte>.Empty };

    /// <summary>Opens a channel and starts a process on it. The requests are sent in one write, unless the start depends on an answer.</summary>
    private async Task<SshProcess> StartAsync(
        SshProcessOptions options, Func<SshChannel, CancellationToken, ValueTask> start, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        var agent = options.AgentSocket is null ? null : AgentEndPoint(options.AgentSocket);
        var channel = await Connection.OpenSessionAsync(cancellationToken).ConfigureAwait(false);
        var process = new SshProcess(channel, options, agent is null ? null : Forwards.StartAgent(agent));
        try
        {
            var isPrepared = options is { Terminal: null, AgentSocket: null };
            ValueTask pending;
            Connection.HoldWrites();
            try
            {
                pending = PrepareAsync(channel, options, cancellationToken);
                if (isPrepared)
                    pending = start(channel, cancellationToken);
            }
            finally
            {
                Connection.ReleaseWrites();
            }
            await pending.ConfigureAwait(false);
            // A process that needs a terminal or an agent must not run without it.
            if (!isPrepared)
                await start(channel, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await process.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        if (options.Input is { IsEmpty: false } input)
            _ = process.WriteInputAsync(input);
        else if (options.Input is not null)
            channel.SendEof();
        return process;
    }

    /// <summary>Requests the environment, the terminal and the agent. All requests are sent before the method waits.</summary>
    private ValueTask PrepareAsync(SshChannel channel, SshProcessOptions options, CancellationToken cancellationToken)
    {
        // Of two values for one name the later one counts.
        foreach (var (name, value) in options.Environment is null ? Environment : Environment.Concat(options.Environment))
            channel.RequestEnvironment(name, value);
        var agent = options.AgentSocket is null ? ValueTask.CompletedTask : channel.RequestAgentAsync(cancellationToken);
        if (options.Terminal is not { } terminal)
            return agent;
        return BothAsync(agent, channel.RequestPtyAsync(terminal.Type, terminal.Columns, terminal.Rows, terminal.Modes, cancellationToken));

        static async ValueTask BothAsync(ValueTask first, ValueTask second)
        {
            try
            {
                await first.ConfigureAwait(false);
            }
            finally
            {
                await second.ConfigureAwait(false);
            }
        }
    }
}
