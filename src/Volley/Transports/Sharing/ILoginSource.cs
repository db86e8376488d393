namespace Volley.Transports.Sharing;

/// <summary>Makes, checks and closes the logins of one <see cref="SharedLogins{TRequest, TLogin}"/>.</summary>
/// <typeparam name="TRequest">The description of what is requested.</typeparam>
/// <typeparam name="TLogin">The login.</typeparam>
internal interface ILoginSource<in TRequest, TLogin>
    where TLogin : class, ISharedLogin
{
    /// <summary>Logs in, for all requests with the same key.</summary>
    /// <returns>The login; null if there is none and the request forbids a new one.</returns>
    /// <exception cref="TransportException">The login failed.</exception>
    Task<TLogin?> LogInAsync(TRequest request, CancellationToken cancellationToken);

    /// <summary>Logs in for one command, because the server can't share a connection.</summary>
    /// <returns>The login; null if the request forbids a new one.</returns>
    /// <exception cref="TransportException">The login failed.</exception>
    Task<TLogin?> LogInForOneCommandAsync(TRequest request, CancellationToken cancellationToken);

    /// <summary>Returns whether a login that was idle can be used again.</summary>
    ValueTask<bool> IsAliveAsync(TLogin idle, TRequest request, CancellationToken cancellationToken);

    /// <summary>Returns the failure that later requests with the same key get without a login; null if the next request logs in again.</summary>
    TransportException? Remember(TransportException failure);

    /// <summary>Handles the discovery that a server can't share a connection. It is called once for a key.</summary>
    ValueTask OnSharingStoppedAsync(TRequest request);

    /// <summary>Closes a login that was removed from the table.</summary>
    ValueTask CloseAsync(TLogin login);
}
