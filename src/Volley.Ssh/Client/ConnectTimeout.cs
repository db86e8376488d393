using Volley.Interop.Blocking;

namespace Volley.Ssh.Client;

/// <summary>Applies the connect timeout to the steps of connecting.</summary>
/// <param name="timeout">The timeout.</param>
/// <param name="time">The clock.</param>
internal readonly struct ConnectTimeout(TimeSpan timeout, TimeProvider time)
{
    private readonly TimeLimit _limit = new(timeout, time);

    /// <summary>Runs an operation within the timeout.</summary>
    /// <exception cref="SshException">The operation failed, or the timeout has elapsed (<see cref="SshFailure.TimedOut"/>).</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public Task<T> RunAsync<T>(Func<LimitTimer, CancellationToken, Task<T>> operation, CancellationToken cancellationToken) =>
        _limit.RunAsync(operation, Convert, cancellationToken);

    /// <summary>Accesses files that the configuration names within the timeout.</summary>
    /// <inheritdoc cref="RunAsync"/>
    public Task<T> LookAtFilesAsync<T>(Func<T> look, CancellationToken cancellationToken) => _limit.LookAtFilesAsync(look, Convert, cancellationToken);

    private static SshException? Convert(Exception failure, string after) => failure is OperationCanceledException or SshException
        ? new(SshFailure.TimedOut, $"not connected{after}", failure)
        : null;
}
