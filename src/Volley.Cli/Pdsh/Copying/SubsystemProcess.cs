using System.Globalization;

namespace Volley.Cli.Pdsh.Copying;

/// <summary>
/// An ssh that carries a subsystem. Its own messages are kept for the user, and its failure ends the target, unless only the subsystem is refused.
/// </summary>
/// <param name="children">Keeps the messages.</param>
/// <param name="target">The target.</param>
/// <param name="process">The ssh.</param>
internal sealed class SubsystemProcess(PdshChildren children, Target target, IRemoteProcess process) : IRemoteProcess
{
    /// <summary>The wait for an ssh that ends after its input.</summary>
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(1);

    private bool _hasAnswered;
    private bool _isRefused;

    public bool HasSurvivors => process.HasSurvivors;

    public ValueTask<bool> ConfirmEndedAsync(TimeSpan wait, CancellationToken cancellationToken) => process.ConfirmEndedAsync(wait, cancellationToken);

    public async ValueTask<OutputRead> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await process.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            if (read is { Stream: StreamKind.Stderr, Count: > 0 })
            {
                TakeMessage(buffer.Span[..read.Count]);
                continue;
            }

            _hasAnswered |= read.Count > 0;
            if (read.Count == 0 && !_isRefused)
                await ThrowIfFailedAsync(cancellationToken).ConfigureAwait(false);
            return read;
        }
    }

    public ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken) => process.WriteAsync(data, cancellationToken);

    public void CloseInput() => process.CloseInput();

    public ValueTask SendSignalAsync(string signal, CancellationToken cancellationToken) => process.SendSignalAsync(signal, cancellationToken);

    public ValueTask<ExitStatus> WaitForExitAsync(CancellationToken cancellationToken) => process.WaitForExitAsync(cancellationToken);

    /// <summary>Lets ssh close its connection, which a control master may share, before its process is ended.</summary>
    public async ValueTask DisposeAsync()
    {
        process.CloseInput();
        using var limit = new CancellationTokenSource(EndLimit);
        try
        {
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // It is killed below.
        }

        await process.DisposeAsync().ConfigureAwait(false);
    }

    private void TakeMessage(ReadOnlySpan<byte> text)
    {
        // ssh's text for SSH_MSG_CHANNEL_FAILURE; the copy then goes through the shell, or its failure says so.
        if (text.IndexOf("subsystem request failed"u8) >= 0)
            _isRefused = true;
        else
            children.AddErrors(target, text);
    }

    /// <exception cref="TransportException">ssh has failed.</exception>
    private async Task ThrowIfFailedAsync(CancellationToken cancellationToken)
    {
        var status = await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        if (status.ExitCode == 0)
            return;
        var end = status.Signal is { } signal
            ? $"was killed by signal {signal}"
            : string.Create(CultureInfo.InvariantCulture, $"exited with exit code {status.ExitCode}");
        throw new TransportException(_hasAnswered ? NodeOutcome.ConnectionLost : NodeOutcome.ConnectFailed, $"{Rcmd.Ssh} {end}");
    }
}
