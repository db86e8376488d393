using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;
using Volley.Ssh;
using Volley.Transports.OpenSsh.Log;
using Volley.Transports.OpenSsh.Prompts;
using Volley.Transports.Processes;
using Volley.Transports.Prompts;

namespace Volley.Transports.OpenSsh;

/// <summary>Starts ssh and waits until it has logged in, within the connect timeout of the target.</summary>
/// <param name="options">The options of the transport.</param>
/// <param name="program">The ssh program.</param>
/// <param name="config">The configuration file for ssh.</param>
/// <param name="askpass">Opens a listener for the prompts of one ssh; null if no prompt is answered.</param>
/// <param name="logger">Receives ssh's messages.</param>
internal sealed partial class OpenSshLauncher(
    SshOptions options, OpenSshProgram program, OpenSshConfig config, Func<Target, SshHostSettings?, AskpassListener>? askpass,
    ILogger logger) : IAsyncDisposable
{
    /// <summary>A known_hosts file that stores nothing.</summary>
    private const string Device = "/dev/null";

    /// <summary>The wait for the log of an ssh that has exited, whose messages are already in the pipe.</summary>
    private static readonly TimeSpan LogLimit = TimeSpan.FromSeconds(1);

    /// <summary>The time limit for <c>ssh -G</c>, which contacts no host. Conditions of the user's (Match exec) may take a moment.</summary>
    public static readonly TimeSpan PrintLimit = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    private readonly IReadOnlyList<string> _environment = Environment(options);
    private readonly ConcurrentDictionary<OpenSshProcess, bool> _processes = new();

    /// <summary>The ssh program.</summary>
    public OpenSshProgram Program => program;

    /// <summary>Builds the argument arrays.</summary>
    public OpenSshCommand Command { get; } = new(options);

    /// <summary>Starts an ssh that stays in the foreground, and waits until it is connected.</summary>
    /// <param name="target">The target.</param>
    /// <param name="route">The configuration of the target.</param>
    /// <param name="getArguments">Returns the argument array.</param>
    /// <param name="job">The command; null for none.</param>
    /// <param name="spent">How much of the connect timeout has elapsed.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <exception cref="TransportException">The target can't be reached.</exception>
    public Task<OpenSshProcess> ConnectAsync(
        Target target,
        SshRoute route,
        Func<OpenSshCall, IReadOnlyList<string>> getArguments,
        CommandJob? job,
        TimeSpan spent,
        CancellationToken cancellationToken) =>
        LaunchAsync(target, route, getArguments, job, process => process.ConnectedOrEndedAsync(), isMaster: false, spent, cancellationToken);

    /// <summary>Starts an ssh for a subsystem, and waits until it is connected.</summary>
    /// <param name="target">The target.</param>
    /// <param name="route">The configuration of the target.</param>
    /// <param name="name">The name of the subsystem.</param>
    /// <param name="spent">How much of the connect timeout has elapsed.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <exception cref="TransportException">The target can't be reached.</exception>
    public Task<OpenSshProcess> OpenSubsystemAsync(
        Target target, SshRoute route, string name, TimeSpan spent, CancellationToken cancellationToken) =>
        LaunchAsync(
            target, route, call => Command.OpenSubsystem(target, call, name), job: null, process => process.ConnectedOrEndedAsync(),
            isMaster: false, spent, cancellationToken, pipeInput: true);

    /// <summary>Starts a control master. The started ssh exits with 0 once another one, in the background, serves the socket.</summary>
    /// <returns>The ssh that has exited. Its log also receives the master's messages.</returns>
    /// <exception cref="TransportException">The target can't be reached.</exception>
    public async Task<OpenSshProcess> StartMasterAsync(
        Target target, SshRoute route, OpenSshCommand command, string socket, TimeSpan persist, TimeSpan spent, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        try
        {
            return await LaunchAsync(
                target,
                route,
                call => command.Master(target, call, socket, persist),
                job: null,
                process => process.EndedAsync(),
                isMaster: true,
                spent,
                cancellationToken).ConfigureAwait(false);
        }
        catch (TransportException failure) when (failure.IsUnexplained && !command.IsBehindMaster)
        {
            throw await ExplainAsync(failure, target, route, command, spent + Stopwatch.GetElapsedTime(began), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Returns the configuration of a target as ssh prints it (<c>ssh -G</c>).</summary>
    /// <exception cref="ChildStartException">ssh can't be started.</exception>
    /// <exception cref="IOException">The configuration file can't be written.</exception>
    public async Task<string> PrintConfigurationAsync(OpenSshCommand command, Target target, CancellationToken cancellationToken)
    {
        var child = ChildProcess.Start(command.PrintConfiguration(target, config.GetPath(GetDefault(target))), _environment, pipeInput: false);
        await using var disposing = child.ConfigureAwait(false);
        // Standard error has remarks, such as that there is no terminal.
        return await OpenSshVersion.ReadAllAsync(child, cancellationToken, StreamKind.Stdout).ConfigureAwait(false);
    }

    /// <summary>Ends the remaining processes. A stopped run does not wait for the ssh of an abandoned connection.</summary>
    public async ValueTask DisposeAsync() =>
        await Task.WhenAll(_processes.Keys.Select(process => process.DisposeAsync().AsTask())).ConfigureAwait(false);

    private async Task<OpenSshProcess> LaunchAsync(
        Target target, SshRoute route, Func<OpenSshCall, IReadOnlyList<string>> getArguments, CommandJob? job,
        Func<OpenSshProcess, Task> connected, bool isMaster, TimeSpan spent, CancellationToken cancellationToken, bool pipeInput = false)
    {
        var version = await program.VersionAsync(cancellationToken).ConfigureAwait(false);
        if (options.Pace is { } pace)
            await pace.TurnAsync(cancellationToken).ConfigureAwait(false);
        var configPath = Prepared(() => config.GetPath(GetDefault(target)));
        using var slot = options.Prompts is { } prompts ? await LoginSlot.EnterAsync(prompts, cancellationToken).ConfigureAwait(false) : null;
        using var questions = askpass is null ? null : Prepared(() => askpass(target, route.Settings));
        // An ssh that may ask but gets no answer sends an empty password, which counts as a failed login.
        var mayAsk = questions is { MayAnswer: true };
        var environment = questions is null ? _environment : [.. _environment, $"{Askpass.Variable}={questions.Path}"];
        OpenSshLog? log = null;
        OpenSshProcess? process = null;
        try
        {
            log = new OpenSshLog(target, OpenSshLogLine.CanBeTagged(version), logger);
            var arguments = getArguments(new OpenSshCall(version, configPath, log.Path) { AsksForPassword = mayAsk });
            await LoggingThread.SwitchAsync(logger, LogLevel.Debug);
            LogCommand(logger, target.Label, arguments);
            var child = ChildProcess.Start(arguments, environment, pipeInput || job is { Input: not null } or { Terminal: not null });
            log.Read(child.ProcessId);
            process = new OpenSshProcess(child, log, _processes, hasTerminal: job?.Terminal is not null);
            var connecting = connected(process);
            var connectingOrUnanswered = questions is null ? connecting : Task.WhenAny(connecting, questions.Unanswered);
            await WithinLimitAsync(target, connectingOrUnanswered, spent, questions, cancellationToken).ConfigureAwait(false);
            if (!connecting.IsCompleted)
                throw await questions!.Unanswered.ConfigureAwait(false);
            await process.ThrowIfNotConnectedAsync(route.GetCompleteSettings(), isMaster).ConfigureAwait(false);
            questions?.Accept();
            // The log of an ssh that has started a master may not have been read to its end.
            await Task.WhenAny(log.Authenticated, Task.Delay(LogLimit, cancellationToken)).ConfigureAwait(false);
            ReportHostKey(target, route.Settings, log);
            return process;
        }
        catch (Win32Exception failure) when (process is null)
        {
            log?.Dispose();
            throw ResourceLimit.NotStarted("ssh", failure);
        }
        catch (Exception failure)
        {
            if (failure is TransportException known)
            {
                questions?.Refuse(known, $"{known.Message}\n{Encoding.UTF8.GetString(known.Stderr.Span)}");
                if (known.Outcome != NodeOutcome.HostKeyRejected && log is not null)
                    ReportHostKey(target, route.Settings, log);
            }

            if (process is not null)
                await process.DisposeAsync().ConfigureAwait(false);
            else
                log?.Dispose();
            throw;
        }
    }

    private void ReportHostKey(Target target, SshHostSettings? settings, OpenSshLog log)
    {
        var messages = HostKeyMessages.Parse(log.Lines);
        var file = settings is { UserKnownHostsFiles: [var first, ..] } ? first : null;
        if (messages.IsChanged)
            options.HostKeys.OnChanged(logger, target.Label, target.Host, settings is null ? $"{target.Host}:{target.Port}" : settings.HostKeyName);
        if (messages.RecordedType is { } type && file != Device)
            options.HostKeys.OnRecorded(logger, target.Label, type, file);
        else if (messages.IsNotRecorded)
            options.HostKeys.OnNotRecorded(logger, file, reason: null);
    }

    /// <summary>
    /// Returns why a master's proxy command failed. ssh closes a proxy command's standard error when it starts a control master
    /// (ssh_proxy_connect), so the connection is tried once more without a master.
    /// </summary>
    private async Task<TransportException> ExplainAsync(
        TransportException failure, Target target, SshRoute route, OpenSshCommand command, TimeSpan spent, CancellationToken cancellationToken)
    {
        try
        {
            var process = await ConnectAsync(target, route, call => command.Ping(target, call), job: null, spent, cancellationToken).ConfigureAwait(false);
            await process.DisposeAsync().ConfigureAwait(false);
            // The second attempt succeeded, so the failure was temporary.
            return new TransportException(failure.Outcome, failure.Message, failure) { Retry = RetryAdvice.ServerBusy };
        }
        catch (TransportException explained) when (explained.Outcome == failure.Outcome)
        {
            return explained;
        }
        catch (TransportException)
        {
            return failure;
        }
    }

    /// <summary>Prepares a local resource for ssh.</summary>
    /// <exception cref="TransportException">The resource can't be created, for example in a full directory.</exception>
    private static T Prepared<T>(Func<T> prepare)
    {
        try
        {
            return prepare();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or SocketException)
        {
            throw ResourceLimit.FindAdvice(failure) is not null
                ? ResourceLimit.NotStarted("ssh", failure)
                : new TransportException(NodeOutcome.ConnectFailed, failure.Message, failure);
        }
    }

    /// <summary>
    /// Applies the connect timeout, because ssh's own ConnectTimeout does not cover authentication. Without an option it is the plan's, or
    /// the user's configured ConnectTimeout if that is longer. The latter is looked up only after the plan's has elapsed.
    /// </summary>
    private async Task WithinLimitAsync(Target target, Task connecting, TimeSpan spent, AskpassListener? questions, CancellationToken cancellationToken)
    {
        var limit = options.ConnectTimeout switch
        {
            null => GetDefault(target),
            { } asked when asked == TimeSpan.Zero => Timeout.InfiniteTimeSpan,
            { } asked => asked,
        };
        try
        {
            var left = limit == Timeout.InfiniteTimeSpan ? limit : limit > spent ? limit - spent : TimeSpan.Zero;
            await AskpassListener.WaitAsync(connecting, left, questions, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            if (options.ConnectTimeout is not null)
                throw TimedOut(limit);
            var configured = await ConfiguredTimeoutAsync(target, cancellationToken).ConfigureAwait(false);
            // ssh's own default here is the limit, rounded up.
            if (configured <= TimeSpan.FromSeconds(OpenSshConfig.WholeSeconds(limit)))
                throw TimedOut(limit);
            try
            {
                var rest = configured - limit < LongestWait ? configured - limit : Timeout.InfiniteTimeSpan;
                await AskpassListener.WaitAsync(connecting, rest, questions, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                throw TimedOut(configured);
            }
        }
    }

    private static TransportException TimedOut(TimeSpan limit) => new(
        NodeOutcome.ConnectTimedOut, string.Create(CultureInfo.InvariantCulture, $"not connected after {limit.TotalSeconds:0.###} s"))
    {
        Retry = RetryAdvice.Worthwhile,
    };

    /// <summary>Returns the connect timeout if neither an option nor the configuration sets one.</summary>
    private static TimeSpan GetDefault(Target target) => target.ConnectTimeout ?? RunPlan.DefaultConnectTimeout;

    /// <summary>Returns the ConnectTimeout that ssh uses for the target, from <c>ssh -G</c>; zero if unknown.</summary>
    private async Task<TimeSpan> ConfiguredTimeoutAsync(Target target, CancellationToken cancellationToken)
    {
        const string Keyword = "connecttimeout ";
        string text;
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(PrintLimit);
            text = await PrintConfigurationAsync(Command, target, limit.Token).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is Win32Exception || (failure is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // The plan's remains the limit.
            return TimeSpan.Zero;
        }

        var line = text.Split('\n').FirstOrDefault(l => l.StartsWith(Keyword, StringComparison.Ordinal));
        return int.TryParse(line?[Keyword.Length..], CultureInfo.InvariantCulture, out var seconds)
            ? TimeSpan.FromSeconds(seconds)
            : TimeSpan.Zero;
    }

    /// <summary>Returns the program that ssh starts to get a password: this program, also where it is run by the <c>dotnet</c> host.</summary>
    /// <exception cref="InvalidOperationException">This program does not answer prompts, or can't be started without arguments.</exception>
    private static string? FindAskpassProgram(SshOptions options)
    {
        if (options.AskpassProgram is { } other)
            return other;
        if (!Askpass.IsRegistered)
        {
            throw new InvalidOperationException(
                "ssh starts this program to get the password, but the program has not called OpenSsh.TryAnswerPrompt; begin its Main with: "
                + "if (OpenSsh.TryAnswerPrompt(args, out var exitCode)) return exitCode; or set SshOptions.AskpassProgram, or use NativeTransport");
        }

        var program = System.Environment.ProcessPath;
        if (Path.GetFileName(program) != "dotnet")
            return program;
        // The build puts a host of its own beside a program's assembly, unless UseAppHost is false.
        var host = Path.ChangeExtension(Path.GetFullPath(System.Environment.GetCommandLineArgs()[0]), null);
        return File.Exists(host) ? host : throw new InvalidOperationException(
            $"ssh starts this program to get the password, but it runs in the dotnet host and {host} does not exist; "
            + "build it with UseAppHost, or set SshOptions.AskpassProgram");
    }

    private static IReadOnlyList<string> Environment(SshOptions options)
    {
        var inherited = ChildProcess.InheritedEnvironment();
        if (!options.AnswersPrompts)
            return inherited;
        string[] ours = ["SSH_ASKPASS", "SSH_ASKPASS_REQUIRE", Askpass.Variable];
        return
        [
            .. inherited.Where(variable => !ours.Contains(variable.Split('=', 2)[0])),
            $"SSH_ASKPASS={FindAskpassProgram(options)}",
            "SSH_ASKPASS_REQUIRE=force",
            // A program's own host looks for the runtime there.
            .. Path.GetFileName(System.Environment.ProcessPath) == "dotnet" && System.Environment.GetEnvironmentVariable("DOTNET_ROOT") is null
                ? [$"DOTNET_ROOT={Path.GetDirectoryName(System.Environment.ProcessPath)}"]
                : (string[])[],
        ];
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Node}: argv: {Arguments}")]
    private static partial void LogCommand(ILogger logger, string node, IReadOnlyList<string> arguments);
}
