namespace Volley.Transports.OpenSsh;

/// <summary>
/// The ssh program. Its version is requested once, when the first ssh must be started, so a run that needs no ssh works without one.
/// </summary>
internal sealed class OpenSshProgram : IAsyncDisposable
{
    private readonly CancellationTokenSource _ended = new();
    private readonly Lazy<Task<OpenSshVersion>> _version;

    public OpenSshProgram(SshOptions options)
    {
        _version = new(() => AskAsync(options, _ended.Token));
    }

    /// <summary>Returns the version of the program.</summary>
    /// <exception cref="TransportException">
    /// The program is missing, is not OpenSSH, does not answer, or is too old for the options. The message says what to do.
    /// </exception>
    public async Task<OpenSshVersion> VersionAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _version.Value.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (TransportException failure)
        {
            // Each node gets its own exception: throwing one instance twice would mix up the stack traces.
            throw new TransportException(failure.Outcome, failure.Message, failure) { Remedy = failure.Remedy };
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

    private static async Task<OpenSshVersion> AskAsync(SshOptions options, CancellationToken cancellationToken)
    {
        var version = await OpenSshVersion.AskAsync(options.Program, cancellationToken).ConfigureAwait(false);
        // OpenSSH 8.4 introduced SSH_ASKPASS_REQUIRE.
        return !options.AnswersPrompts || version.IsAtLeast(8, 4) ? version : throw new TransportException(
            NodeOutcome.ConnectFailed, $"passwords require OpenSSH 8.4 or later, and '{options.Program}' is {version.Major}.{version.Minor}");
    }
}
