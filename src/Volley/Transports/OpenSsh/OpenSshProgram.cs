namespace Volley.Transports.OpenSsh;

/// <summary>The ssh program. Its version is asked for once, and not before the first ssh must be started: a run that needs none works without one.</summary>
internal sealed class OpenSshProgram : IAsyncDisposable
{
    private readonly CancellationTokenSource _ended = new();
    private readonly Lazy<Task<OpenSshVersion>> _version;

    public OpenSshProgram(OpenSshOptions options)
    {
        _version = new(() => AskAsync(options, _ended.Token));
    }

    /// <summary>What it understands.</summary>
    /// <exception cref="TransportException">It is not there, is no OpenSSH, does not answer, or can't do what is asked of it; the message says what to do.</exception>
    public async Task<OpenSshVersion> VersionAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _version.Value.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (TransportException failure)
        {
            // One for each node that hears of it: an exception that is thrown twice would mix up its stack traces.
            throw new TransportException(failure.Outcome, failure.Message, failure);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_version.IsValueCreated)
        {
            await _ended.CancelAsync().ConfigureAwait(false);
            await ((Task)_version.Value).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _ended.Dispose();
    }

    private static async Task<OpenSshVersion> AskAsync(OpenSshOptions options, CancellationToken cancellationToken)
    {
        var version = await OpenSshVersion.AskAsync(options.Program, cancellationToken).ConfigureAwait(false);
        // SSH_ASKPASS_REQUIRE came with it.
        return options.Password is null || version.IsAtLeast(8, 4) ? version : throw new TransportException(
            NodeOutcome.ConnectFailed, $"a password can be given to OpenSSH 8.4 and newer only, and '{options.Program}' is {version.Major}.{version.Minor}");
    }
}
