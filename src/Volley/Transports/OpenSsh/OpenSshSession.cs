using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Volley.Targets;
using Volley.Transports.Processes;

namespace Volley.Transports.OpenSsh;

/// <summary>A target of the OpenSsh transport. A plain ssh connects and starts the command in one, so nothing happens before that.</summary>
internal sealed partial class OpenSshSession(
    Target target, OpenSshCommand command, OpenSshOptions options, IReadOnlyList<string> environment,
    ConcurrentDictionary<OpenSshProcess, bool> processes, ILogger logger) : ISession
{
    public async ValueTask PingAsync(CancellationToken cancellationToken)
    {
        var process = await LaunchAsync(logPath => command.Ping(target, logPath), pipeInput: false, cancellationToken).ConfigureAwait(false);
        await process.DisposeAsync().ConfigureAwait(false);
    }

    public async ValueTask<IRemoteProcess> StartAsync(CommandJob job, CancellationToken cancellationToken) =>
        await LaunchAsync(logPath => command.Run(target, logPath, job.CommandLine), job.Input is not null, cancellationToken).ConfigureAwait(false);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Starts ssh and waits until the server has accepted us.</summary>
    private async Task<OpenSshProcess> LaunchAsync(
        Func<string, IReadOnlyList<string>> wordsFor, bool pipeInput, CancellationToken cancellationToken)
    {
        var log = new OpenSshLog(target, logger);
        OpenSshProcess? process = null;
        try
        {
            var words = wordsFor(log.Path);
            LogCommand(logger, target.Label, words);
            process = new OpenSshProcess(ChildProcess.Start(words, environment, pipeInput), log, processes);
            await WithinLimitAsync(process.ConnectedOrEndedAsync(), cancellationToken).ConfigureAwait(false);
            await process.ThrowIfNotConnectedAsync().ConfigureAwait(false);
            return process;
        }
        catch (ChildStartException failure)
        {
            log.Dispose();
            throw new TransportException(NodeOutcome.ConnectFailed, $"can't start ssh: {failure.Message}", failure);
        }
        catch
        {
            if (process is not null)
                await process.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Waits within the limit for connecting that holds for this target. ssh's own ConnectTimeout does not cover authentication,
    /// so there has to be one beside it; it is the default, unless the user's configuration has a longer one, which is
    /// looked up only when it matters.
    /// </summary>
    private async Task WithinLimitAsync(Task connecting, CancellationToken cancellationToken)
    {
        if (options.ConnectTimeout is not null || options.DefaultConnectTimeout == Timeout.InfiniteTimeSpan)
        {
            await connecting.WaitAsync(cancellationToken).ConfigureAwait(false);
            return;
        }

        var limit = options.DefaultConnectTimeout;
        try
        {
            await connecting.WaitAsync(limit, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            var configured = await ConfiguredTimeoutAsync(cancellationToken).ConfigureAwait(false);
            if (configured <= limit)
                throw TimedOut(limit);
            try
            {
                await connecting.WaitAsync(configured - limit, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                throw TimedOut(configured);
            }
        }
    }

    private static TransportException TimedOut(TimeSpan limit) => new(
        NodeOutcome.ConnectTimedOut, string.Create(CultureInfo.InvariantCulture, $"not connected after {limit.TotalSeconds:0.###} s"));

    /// <summary>The ConnectTimeout that ssh itself uses for this target, by <c>ssh -G</c>.</summary>
    private async Task<TimeSpan> ConfiguredTimeoutAsync(CancellationToken cancellationToken)
    {
        const string Keyword = "connecttimeout ";
        await using var child = ChildProcess.Start(command.PrintConfiguration(target), environment, pipeInput: false);
        var text = await OpenSshVersion.ReadAllAsync(child, cancellationToken).ConfigureAwait(false);
        var line = text.Split('\n').FirstOrDefault(l => l.StartsWith(Keyword, StringComparison.Ordinal));
        return int.TryParse(line?[Keyword.Length..], CultureInfo.InvariantCulture, out var seconds)
            ? TimeSpan.FromSeconds(seconds)
            : TimeSpan.Zero;
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Node}: argv: {Words}")]
    private static partial void LogCommand(ILogger logger, string node, IReadOnlyList<string> words);
}
