namespace Volley.Transports.Sharing;

/// <summary>
/// The logins of a run: one for each key, which all requests with that key share. Unused logins stay open for later requests, up to a
/// limit; beyond it the least recently used one is closed.
/// </summary>
/// <remarks>
/// A login in progress is canceled when the last request that waits for it leaves. A failed one is tried again by the next request, unless
/// the source remembers the failure. A login that is never released, such as a jump host's, stays open until the table is closed. If a
/// server can't share a connection, each further command for its key gets a login of its own.
/// </remarks>
/// <param name="source">Makes, checks and closes the logins.</param>
/// <param name="maxIdle">The largest number of unused logins.</param>
/// <typeparam name="TRequest">The description of what is requested.</typeparam>
/// <typeparam name="TLogin">The login.</typeparam>
internal sealed class SharedLogins<TRequest, TLogin>(ILoginSource<TRequest, TLogin> source, int maxIdle)
    where TLogin : class, ISharedLogin
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, LoginAttempt<TLogin>> _attempts = [];
    private readonly Dictionary<TLogin, OpenLogin<TLogin>> _open = [];
    // The least recently used one is the first.
    private readonly LinkedList<OpenLogin<TLogin>> _idle = [];
    // The keys whose servers can't share a connection.
    private readonly HashSet<string> _unshared = [];
    private bool _isClosed;
    private Task _closing = Task.CompletedTask;

    /// <summary>Returns whether there is a login for a key, in progress or done.</summary>
    public bool Contains(string key)
    {
        lock (_lock)
            return _attempts.ContainsKey(key);
    }

    /// <summary>Returns a login: an existing one, or a new one. The caller releases it after use.</summary>
    /// <param name="key">The key. Requests with equal keys get the same login.</param>
    /// <param name="request">The request, which is passed to the source.</param>
    /// <param name="use">What the login is used for.</param>
    /// <param name="cancellationToken">Ends the wait. The login continues for other requests that wait for it.</param>
    /// <returns>The login, and whether this request started it. The login is null if the source has none for this request.</returns>
    /// <exception cref="TransportException">The login failed.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    /// <exception cref="ObjectDisposedException">The table is closed.</exception>
    public async Task<(TLogin? Login, bool IsNew)> GetAsync(string key, TRequest request, LoginUse use, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (Join(key, request, use) is not var (attempt, isNew))
            {
                var own = await source.LogInForOneCommandAsync(request, cancellationToken).ConfigureAwait(false);
                return (Add(key, own, users: 1)?.Login, true);
            }

            try
            {
                var login = await attempt.Completion.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
                if (use == LoginUse.Command && login is { IsForOneCommand: true } && StopSharing(key))
                    await source.OnSharingStoppedAsync(request).ConfigureAwait(false);
                // Another request may have found nothing because it forbids a new login.
                if (login is null ? isNew : TryUse(attempt, login, use))
                    return (login, isNew);
            }
            finally
            {
                Leave(attempt);
            }
        }
    }

    /// <summary>Ends one use of a login. Completes once a login that has become superfluous is closed.</summary>
    public ValueTask ReleaseAsync(TLogin login)
    {
        TLogin? superfluous = null;
        lock (_lock)
        {
            if (_open.TryGetValue(login, out var open))
            {
                open.Users--;
                superfluous = Rest(open);
            }
        }

        if (superfluous is null)
            return ValueTask.CompletedTask;
        if (!superfluous.IsOver)
            return source.CloseAsync(superfluous);
        // The peer of a lost connection may not answer.
        CloseInBackground(superfluous);
        return ValueTask.CompletedTask;
    }

    /// <summary>Gives each further command for the key of a login its own login. Returns false if that was so before.</summary>
    public bool StopSharing(TLogin login)
    {
        lock (_lock)
            return _open.TryGetValue(login, out var open) && StopSharing(open.Key);
    }

    /// <summary>Waits until the logins that the table itself has removed are closed.</summary>
    public Task WaitForClosingAsync()
    {
        lock (_lock)
            return _closing;
    }

    /// <summary>Closes the table: cancels the logins in progress, and returns the others, which the caller closes.</summary>
    public IReadOnlyList<TLogin> Close()
    {
        LoginAttempt<TLogin>[] unfinished;
        TLogin[] open;
        lock (_lock)
        {
            _isClosed = true;
            unfinished = [.. _attempts.Values.Where(attempt => !attempt.Completion.Task.IsCompleted)];
            open = [.. _open.Keys];
            _attempts.Clear();
            _open.Clear();
            _idle.Clear();
        }

        foreach (var attempt in unfinished)
        {
            _ = attempt.Abandoned.CancelAsync();
            attempt.Completion.TrySetException(Closed());
        }

        return open;
    }

    /// <summary>Joins the login for a key, or starts one. Returns null if the request needs a login of its own.</summary>
    private (LoginAttempt<TLogin> Attempt, bool IsNew)? Join(string key, TRequest request, LoginUse use)
    {
        LoginAttempt<TLogin>? attempt;
        OpenLogin<TLogin>? idle;
        lock (_lock)
        {
            if (_isClosed)
                throw Closed();
            if (use == LoginUse.Command && _unshared.Contains(key))
                return null;
            _attempts.TryGetValue(key, out attempt);
            idle = attempt?.Result is { IsIdle: true } result ? result : null;
            if (attempt is not null && idle is null)
            {
                attempt.Waiters++;
                return (attempt, false);
            }

            if (idle is not null)
                _idle.Remove(idle.Node);
            _attempts[key] = attempt = new LoginAttempt<TLogin>(key) { Waiters = 1 };
        }

        // Runs synchronously on this thread up to its first wait, but outside the lock.
        _ = StartAsync(attempt, request, idle);
        return (attempt, true);
    }

    private async Task StartAsync(LoginAttempt<TLogin> attempt, TRequest request, OpenLogin<TLogin>? idle)
    {
        try
        {
            var cancellationToken = attempt.Abandoned.Token;
            var open = idle is not null && await CanReuseAsync(idle, request, cancellationToken).ConfigureAwait(false)
                ? idle
                : Add(attempt.Key, await source.LogInAsync(request, cancellationToken).ConfigureAwait(false));
            Complete(attempt, open);
        }
        catch (OperationCanceledException canceled)
        {
            Forget(attempt);
            attempt.Completion.TrySetCanceled(canceled.CancellationToken);
        }
        catch (Exception failure)
        {
            Fail(attempt, failure);
        }
    }

    /// <summary>Returns whether an idle login is still alive. Removes and closes it if not.</summary>
    private async Task<bool> CanReuseAsync(OpenLogin<TLogin> idle, TRequest request, CancellationToken cancellationToken)
    {
        var isAlive = false;
        try
        {
            isAlive = await source.IsAliveAsync(idle.Login, request, cancellationToken).ConfigureAwait(false);
            return isAlive;
        }
        finally
        {
            if (!isAlive)
                CloseInBackground(Remove(idle));
        }
    }

    /// <summary>Adds a new login; null if there is none. A login that comes after the end of the table is closed.</summary>
    private OpenLogin<TLogin>? Add(string key, TLogin? login, int users = 0)
    {
        if (login is null)
            return null;
        var open = new OpenLogin<TLogin>(key, login) { Users = users };
        lock (_lock)
        {
            if (!_isClosed)
            {
                _open.Add(login, open);
                return open;
            }
        }

        CloseInBackground(login);
        throw Closed();
    }

    private void Complete(LoginAttempt<TLogin> attempt, OpenLogin<TLogin>? open)
    {
        TLogin? superfluous = null;
        lock (_lock)
        {
            // All requests may have left too late to cancel the login.
            if (open is not null && attempt.Waiters > 0)
                attempt.Result = open;
            else
                Forget(attempt);
            if (open is not null && attempt.Result is null)
                superfluous = Remove(open);
        }

        CloseInBackground(superfluous);
        attempt.Completion.TrySetResult(open?.Login);
    }

    private void Fail(LoginAttempt<TLogin> attempt, Exception failure)
    {
        var remembered = failure is TransportException known ? source.Remember(known) : null;
        lock (_lock)
        {
            if (Forget(attempt) && remembered is not null)
            {
                var failed = _attempts[attempt.Key] = new LoginAttempt<TLogin>(attempt.Key);
                failed.Completion.SetException(remembered);
            }
        }

        attempt.Completion.TrySetException(failure);
    }

    private bool TryUse(LoginAttempt<TLogin> attempt, TLogin login, LoginUse use)
    {
        lock (_lock)
        {
            if (login.IsOver || !_open.TryGetValue(login, out var open) || (use == LoginUse.Command && login.IsForOneCommand && open.Users > 0))
            {
                Forget(attempt);
                return false;
            }

            if (open.IsIdle)
                _idle.Remove(open.Node);
            open.Users++;
            return true;
        }
    }

    /// <summary>Removes a request that waits for a login. The login is canceled when the last one leaves.</summary>
    private void Leave(LoginAttempt<TLogin> attempt)
    {
        TLogin? superfluous = null;
        var isAbandoned = false;
        lock (_lock)
        {
            if (--attempt.Waiters > 0)
                return;
            if (attempt.Result is { } open)
                superfluous = Rest(open);
            else
                isAbandoned = !attempt.Completion.Task.IsCompleted;
            if (isAbandoned)
                Forget(attempt);
        }

        if (isAbandoned)
            _ = attempt.Abandoned.CancelAsync();
        CloseInBackground(superfluous);
    }

    /// <summary>
    /// Makes a login idle if it is unused. Returns the login to close: this one if it can't be used again, the least recently used one if
    /// there are too many, else null. Requires the lock.
    /// </summary>
    private TLogin? Rest(OpenLogin<TLogin> open)
    {
        if (open.Users > 0 || !_open.ContainsKey(open.Login))
            return null;
        if (open.Login.IsOver || _unshared.Contains(open.Key))
            return Remove(open);
        open.Login.BecomeIdle();
        if (!open.IsIdle)
            _idle.AddLast(open.Node);
        return _idle.Count > maxIdle ? Remove(_idle.First!.Value) : null;
    }

    /// <summary>Removes an unused login. Returns it for the caller to close outside the lock; null if it was removed before.</summary>
    private TLogin? Remove(OpenLogin<TLogin> open)
    {
        lock (_lock)
        {
            if (!_open.Remove(open.Login))
                return null;
            if (open.IsIdle)
                _idle.Remove(open.Node);
            // If it was lost, there may already be an attempt to replace it.
            if (_attempts.TryGetValue(open.Key, out var attempt) && attempt.Result == open)
                _attempts.Remove(open.Key);
            return open.Login;
        }
    }

    /// <summary>Removes an attempt, so that the next request starts another one. Returns false if it was removed before.</summary>
    private bool Forget(LoginAttempt<TLogin> attempt)
    {
        lock (_lock)
            return _attempts.TryGetValue(attempt.Key, out var current) && current == attempt && _attempts.Remove(attempt.Key);
    }

    private bool StopSharing(string key)
    {
        lock (_lock)
            return _unshared.Add(key);
    }

    private void CloseInBackground(TLogin? login)
    {
        if (login is null)
            return;
        var closing = source.CloseAsync(login).AsTask();
        lock (_lock)
            _closing = _closing.IsCompleted ? closing : Task.WhenAll(_closing, closing);
    }

    private static ObjectDisposedException Closed() => new(nameof(SharedLogins<TRequest, TLogin>));
}
