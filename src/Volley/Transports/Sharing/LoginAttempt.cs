namespace Volley.Transports.Sharing;

/// <summary>A login that is in progress or done, for the requests that join it. The lock of the table guards it.</summary>
/// <param name="key">The key under which it is shared.</param>
internal sealed class LoginAttempt<TLogin>(string key)
    where TLogin : class
{
    public string Key => key;

    /// <summary>The result; null if there is no login. Requests that wait for it continue on the thread that completes it.</summary>
    public TaskCompletionSource<TLogin?> Completion { get; } = new();

    /// <summary>Cancels the login.</summary>
    public CancellationTokenSource Abandoned { get; } = new();

    /// <summary>The resulting login; null while the login is in progress, and if there is none.</summary>
    public OpenLogin<TLogin>? Result { get; set; }

    /// <summary>The number of requests that wait for the login.</summary>
    public int Waiters { get; set; }
}
