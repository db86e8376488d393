using System.Collections.Concurrent;
using Volley.Transports.Sharing;
using Xunit;

namespace Volley.Tests.Transports;

/// <summary>A login without a server, which counts what happens to it.</summary>
internal sealed class ScriptedLogin : ISharedLogin
{
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _closings;

    public bool IsOver { get; set; }

    public bool IsForOneCommand { get; init; }

    public int Rests { get; private set; }

    public int Closings => Volatile.Read(ref _closings);

    public bool IsClosed => Closings > 0;

    public Task ClosedAsync() => _closed.Task.WaitAsync(Executions.Limit, TestContext.Current.CancellationToken);

    public void BecomeIdle() => Rests++;

    public void Close()
    {
        Interlocked.Increment(ref _closings);
        _closed.TrySetResult();
    }
}

/// <summary>A login that the test completes.</summary>
internal sealed class ScriptedAttempt(CancellationToken token)
{
    private readonly TaskCompletionSource<ScriptedLogin?> _result = new();

    public Task<ScriptedLogin?> Task => _result.Task;

    public CancellationToken Token => token;

    public void Complete(ScriptedLogin? login) => _result.SetResult(login);

    public void Fail(Exception failure) => _result.SetException(failure);

    public async Task CanceledAsync()
    {
        var canceled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = token.Register(canceled.SetResult);
        await canceled.Task.WaitAsync(Executions.Limit, TestContext.Current.CancellationToken);
    }
}

/// <summary>Logins that the test completes.</summary>
#pragma warning disable CA1001 // A semaphore whose wait handle is never requested holds no resources.
internal sealed class ScriptedLogins : ILoginSource<string, ScriptedLogin>
#pragma warning restore CA1001
{
    private readonly ConcurrentDictionary<string, ConcurrentQueue<ScriptedAttempt>> _attempts = [];
    private readonly SemaphoreSlim _own = new(0);
    private int _count;

    public int Attempts => Volatile.Read(ref _count);

    public int Checks { get; private set; }

    public ConcurrentQueue<string> Unshared { get; } = [];

    public ConcurrentBag<ScriptedLogin> All { get; } = [];

    public bool CompletesAtOnce { get; set; }

    public Func<ScriptedLogin, bool> IsAlive { get; set; } = login => !login.IsOver;

    public Func<TransportException, TransportException?> Remembered { get; set; } = _ => null;

    /// <summary>Returns the next login that was started for a key.</summary>
    public ScriptedAttempt Next(string key)
    {
        Assert.True(Queue(key).TryDequeue(out var attempt), $"no login was started for {key}");
        return attempt;
    }

    /// <summary>Returns the next login that was started for one command of a key.</summary>
    public async Task<ScriptedAttempt> NextOwnAsync(string key)
    {
        Assert.True(await _own.WaitAsync(Executions.Limit, TestContext.Current.CancellationToken), $"no own login was started for {key}");
        return Next($"own {key}");
    }

    public Task<ScriptedLogin?> LogInAsync(string request, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _count);
        if (!CompletesAtOnce)
            return Start(request, cancellationToken);
        var login = new ScriptedLogin();
        All.Add(login);
        return Task.FromResult<ScriptedLogin?>(login);
    }

    public Task<ScriptedLogin?> LogInForOneCommandAsync(string request, CancellationToken cancellationToken)
    {
        var login = Start($"own {request}", cancellationToken);
        _own.Release();
        return login;
    }

    public ValueTask<bool> IsAliveAsync(ScriptedLogin idle, string request, CancellationToken cancellationToken)
    {
        if (!CompletesAtOnce)
            Checks++;
        return new(IsAlive(idle));
    }

    public TransportException? Remember(TransportException failure) => Remembered(failure);

    public ValueTask OnSharingStoppedAsync(string request)
    {
        Unshared.Enqueue(request);
        return ValueTask.CompletedTask;
    }

    public ValueTask CloseAsync(ScriptedLogin login)
    {
        login.Close();
        return ValueTask.CompletedTask;
    }

    private Task<ScriptedLogin?> Start(string key, CancellationToken cancellationToken)
    {
        var attempt = new ScriptedAttempt(cancellationToken);
        Queue(key).Enqueue(attempt);
        return attempt.Task;
    }

    private ConcurrentQueue<ScriptedAttempt> Queue(string key) => _attempts.GetOrAdd(key, _ => new());
}
