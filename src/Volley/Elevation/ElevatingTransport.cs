using Volley.Elevation;
using Volley.Transports;
using Volley.Transports.Inline;

namespace Volley;

/// <summary>
/// A transport that runs each command as another user of the target, by sudo, doas or su. The SFTP server of a transfer runs as that user, too.
/// </summary>
/// <remarks>
/// <para>
/// A password is sent only as the answer to the program's own question, never in an argument, a variable or a file. It is tried at one target before
/// any other gets it, so a wrong one counts as one failed attempt of one account. A target that refuses the elevation ends with
/// <see cref="NodeOutcome.ElevationFailed"/>, and <see cref="NodeResult.Reason"/> names the cause.
/// </para>
/// <para>
/// The user who logs in can't signal the command. A stop therefore starts another command as its user, which ends all processes of the first one.
/// </para>
/// </remarks>
/// <param name="transport">The transport that connects. It is disposed with this one.</param>
/// <param name="settings">The user, and how commands become that user. The password is not disposed.</param>
/// <param name="ssh">The options of the transport, if it uses SSH: a host whose changed key they accept gets no password. Null for none.</param>
/// <param name="time">The clock; the system clock if null.</param>
/// <exception cref="ArgumentNullException">The transport or the settings are null.</exception>
public sealed class ElevatingTransport(
    ITransport transport, ElevationSettings settings, SshOptions? ssh = null, TimeProvider? time = null) : IInlineTransport
{
    private readonly ElevationRun _run = new(
        new WrappedTransport(transport, typeof(ElevatingTransport)),
        Argument.NotNull(settings, nameof(settings)),
        ssh,
        time ?? TimeProvider.System);

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The transport was disposed.</exception>
    public ValueTask<ISession> ConnectAsync(Target target, CancellationToken cancellationToken) =>
        PoolResumption.ConnectAsync(this, target, cancellationToken);

    bool IInlineTransport.AppliesConnectTimeout => _run.Inner.AppliesConnectTimeout;

    /// <inheritdoc/>
    async ValueTask<ISession> IInlineTransport.ConnectInlineAsync(Target target, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        _run.Inner.ThrowIfDisposed();
        return new ElevatedSession(await _run.Inner.ConnectAsync(target, cancellationToken).ConfigureAwait(false), target, _run);
    }

    void IDisposalCheck.ThrowIfDisposed() => _run.Inner.ThrowIfDisposed();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _run.Inner.DisposeAsync();
}
