using Volley.Transports.Sharing;
using Xunit;

namespace Volley.Tests.Transports;

/// <summary>The table of shared logins, with a scripted source of logins.</summary>
public class SharedLoginsTests
{
    private readonly ScriptedLogins _source = new();

    private static CancellationToken Canceled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task RequestsWithOneKeyShareOneLogin()
    {
        var logins = Table();
        var first = GetAsync(logins, "a");
        var second = GetAsync(logins, "a");
        var login = new ScriptedLogin();
        _source.Next("a").Complete(login);
        Assert.Equal((login, true), await first);
        Assert.Equal((login, false), await second);
        Assert.Equal((login, false), await GetAsync(logins, "a"));
        Assert.Equal(1, _source.Attempts);
    }

    [Fact]
    public async Task AnotherKeyIsAnotherLogin()
    {
        var logins = Table();
        Assert.NotSame(await OpenAsync(logins, "a"), await OpenAsync(logins, "b"));
        Assert.Equal(2, _source.Attempts);
    }

    [Fact]
    public async Task AFailureEndsAllThatWaitAndTheNextRequestLogsInAgain()
    {
        var logins = Table();
        var waiting = new[] { GetAsync(logins, "a"), GetAsync(logins, "a") };
        var failure = new TransportException(NodeOutcome.ConnectFailed, "refused");
        _source.Next("a").Fail(failure);
        foreach (var request in waiting)
            Assert.Same(failure, await Assert.ThrowsAsync<TransportException>(() => request));
        Assert.NotNull(await OpenAsync(logins, "a"));
        Assert.Equal(2, _source.Attempts);
    }

    [Fact]
    public async Task ARememberedFailureIsRepeatedWithoutALogin()
    {
        var (first, later) = (new TransportException(NodeOutcome.ConnectFailed, "first"), new TransportException(NodeOutcome.ConnectFailed, "later"));
        _source.Remembered = failure => failure == first ? later : null;
        var logins = Table();
        var waiting = GetAsync(logins, "a");
        _source.Next("a").Fail(first);
        Assert.Same(first, await Assert.ThrowsAsync<TransportException>(() => waiting));
        for (var i = 0; i < 2; i++)
            Assert.Same(later, await Assert.ThrowsAsync<TransportException>(() => GetAsync(logins, "a")));
        Assert.Equal(1, _source.Attempts);
    }

    [Fact]
    public async Task TheLastRequestThatLeavesCancelsTheLogin()
    {
        var logins = Table();
        using var first = new CancellationTokenSource();
        using var second = new CancellationTokenSource();
        var waiting = new[] { GetAsync(logins, "a", cancellationToken: first.Token), GetAsync(logins, "a", cancellationToken: second.Token) };
        var attempt = _source.Next("a");
        await first.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting[0]);
        Assert.False(attempt.Token.IsCancellationRequested);
        await second.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting[1]);
        await attempt.CanceledAsync();
        // The canceled login is nothing that another request can join.
        Assert.NotNull(await OpenAsync(logins, "a"));
    }

    [Fact]
    public async Task ALoginThatSucceedsTooLateIsClosed()
    {
        var logins = Table();
        using var leave = new CancellationTokenSource();
        var waiting = GetAsync(logins, "a", cancellationToken: leave.Token);
        var attempt = _source.Next("a");
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        var late = new ScriptedLogin();
        attempt.Complete(late);
        await late.ClosedAsync();
        Assert.Empty(logins.Close());
    }

    [Fact]
    public async Task AReleasedLoginServesTheNextRequest()
    {
        var logins = Table();
        var login = await OpenAsync(logins, "a");
        for (var i = 0; i < 3; i++)
        {
            await logins.ReleaseAsync(login);
            Assert.Equal(i + 1, login.Rests);
            Assert.Same(login, (await GetAsync(logins, "a")).Login);
        }

        Assert.Equal((1, 3), (_source.Attempts, _source.Checks));
        Assert.False(login.IsClosed);
    }

    [Fact]
    public async Task AnIdleLoginThatIsNotAliveIsReplaced()
    {
        var logins = Table();
        var dead = await OpenAsync(logins, "a");
        await logins.ReleaseAsync(dead);
        _source.IsAlive = login => login != dead;
        // Both requests learn it from one check.
        var waiting = new[] { GetAsync(logins, "a"), GetAsync(logins, "a") };
        var successor = new ScriptedLogin();
        _source.Next("a").Complete(successor);
        foreach (var request in waiting)
            Assert.Same(successor, (await request).Login);
        await dead.ClosedAsync();
        Assert.Equal((2, 1), (_source.Attempts, _source.Checks));
    }

    [Fact]
    public async Task BeyondTheLimitTheLeastRecentlyUsedLoginIsClosed()
    {
        var logins = Table(maxIdle: 2);
        var (a, b, c) = (await OpenAsync(logins, "a"), await OpenAsync(logins, "b"), await OpenAsync(logins, "c"));
        await logins.ReleaseAsync(a);
        await logins.ReleaseAsync(b);
        Assert.Same(a, (await GetAsync(logins, "a")).Login);
        await logins.ReleaseAsync(a);
        await logins.ReleaseAsync(c);
        Assert.Equal((false, true, false), (a.IsClosed, b.IsClosed, c.IsClosed));
        Assert.NotSame(b, await OpenAsync(logins, "b"));
    }

    [Fact]
    public async Task ALoginInUseDoesNotCountAsIdle()
    {
        var logins = Table(maxIdle: 1);
        var (a, b) = (await OpenAsync(logins, "a"), await OpenAsync(logins, "b"));
        Assert.Same(a, (await GetAsync(logins, "a")).Login);
        await logins.ReleaseAsync(b);
        await logins.ReleaseAsync(a);
        Assert.Equal((false, false), (a.IsClosed, b.IsClosed));
        await logins.ReleaseAsync(a);
        Assert.Equal((false, true), (a.IsClosed, b.IsClosed));
    }

    [Fact]
    public async Task WithoutIdleLoginsOneIsClosedByItsLastUser()
    {
        var logins = Table(maxIdle: 0);
        var login = await OpenAsync(logins, "a");
        Assert.Same(login, (await GetAsync(logins, "a")).Login);
        await logins.ReleaseAsync(login);
        Assert.False(login.IsClosed);
        await logins.ReleaseAsync(login);
        Assert.True(login.IsClosed);
    }

    [Fact]
    public async Task ALostLoginIsReplacedAndClosedByItsLastUser()
    {
        var logins = Table();
        var lost = await OpenAsync(logins, "a");
        lost.IsOver = true;
        var successor = await OpenAsync(logins, "a");
        Assert.NotSame(lost, successor);
        await logins.ReleaseAsync(lost);
        await lost.ClosedAsync();
        await logins.WaitForClosingAsync();
        // The end of the lost one leaves its successor alone.
        Assert.Equal((successor, false), await GetAsync(logins, "a"));
    }

    [Fact]
    public async Task AServerForOneCommandGetsALoginForEachCommand()
    {
        var logins = Table();
        var waiting = new[] { GetAsync(logins, "a"), GetAsync(logins, "a") };
        var shared = new ScriptedLogin { IsForOneCommand = true };
        _source.Next("a").Complete(shared);
        var own = new ScriptedLogin { IsForOneCommand = true };
        (await _source.NextOwnAsync("a")).Complete(own);
        Assert.Equal((shared, own), ((await waiting[0]).Login, (await waiting[1]).Login));
        Assert.Equal(["a"], _source.Unshared);
        await logins.ReleaseAsync(own);
        await logins.ReleaseAsync(shared);
        Assert.Equal((true, true), (own.IsClosed, shared.IsClosed));
    }

    [Fact]
    public async Task AfterSharingHasStoppedEachCommandGetsALogin()
    {
        var logins = Table();
        var shared = await OpenAsync(logins, "a");
        Assert.True(logins.StopSharing(shared));
        Assert.False(logins.StopSharing(shared));
        var next = GetAsync(logins, "a");
        var own = new ScriptedLogin();
        (await _source.NextOwnAsync("a")).Complete(own);
        Assert.Same(own, (await next).Login);
        await logins.ReleaseAsync(own);
        Assert.Equal((true, false), (own.IsClosed, shared.IsClosed));
        await logins.ReleaseAsync(shared);
        Assert.True(shared.IsClosed);
    }

    [Fact]
    public async Task AFailedLoginForOneCommandEndsThatRequestOnly()
    {
        var logins = Table();
        var shared = await OpenAsync(logins, "a");
        logins.StopSharing(shared);
        var requests = new[] { GetAsync(logins, "a"), GetAsync(logins, "a") };
        (await _source.NextOwnAsync("a")).Fail(new TransportException(NodeOutcome.ConnectFailed, "refused"));
        await Assert.ThrowsAsync<TransportException>(() => requests[0]);
        var own = new ScriptedLogin();
        (await _source.NextOwnAsync("a")).Complete(own);
        Assert.Same(own, (await requests[1]).Login);
    }

    [Fact]
    public async Task HopsShareTheLoginOfAServerForOneCommand()
    {
        var logins = Table(maxIdle: 0);
        var waiting = new[] { GetAsync(logins, "a", LoginUse.Hop), GetAsync(logins, "a", LoginUse.Hop) };
        var login = new ScriptedLogin { IsForOneCommand = true };
        _source.Next("a").Complete(login);
        Assert.Equal((login, login), ((await waiting[0]).Login, (await waiting[1]).Login));
        Assert.Empty(_source.Unshared);
    }

    [Fact]
    public async Task AHopThatIsNeverReleasedStaysOpenUntilTheEnd()
    {
        var logins = Table(maxIdle: 0);
        var waiting = GetAsync(logins, "hop", LoginUse.Hop);
        var hop = new ScriptedLogin();
        _source.Next("hop").Complete(hop);
        Assert.Same(hop, (await waiting).Login);
        // A command on the same host comes and goes.
        Assert.Same(hop, (await GetAsync(logins, "hop")).Login);
        await logins.ReleaseAsync(hop);
        Assert.False(hop.IsClosed);
        Assert.Equal([hop], logins.Close());
    }

    [Fact]
    public async Task ARequestThatForbidsALoginGetsNullAndAnotherOneLogsIn()
    {
        var logins = Table();
        var looking = GetAsync(logins, "a");
        var starting = GetAsync(logins, "a");
        _source.Next("a").Complete(null);
        Assert.Equal((null, true), await looking);
        var login = new ScriptedLogin();
        _source.Next("a").Complete(login);
        Assert.Equal((login, true), await starting);
    }

    [Fact]
    public async Task TheEndOfTheTableCancelsALoginInProgress()
    {
        var logins = Table();
        var waiting = GetAsync(logins, "a");
        var attempt = _source.Next("a");
        Assert.Empty(logins.Close());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting);
        await attempt.CanceledAsync();
        var late = new ScriptedLogin();
        attempt.Complete(late);
        await late.ClosedAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => GetAsync(logins, "a"));
    }

    [Fact]
    public async Task TheEndOfTheTableHandsOutLoginsThatAreIdleOrInUse()
    {
        var logins = Table();
        var (idle, used) = (await OpenAsync(logins, "idle"), await OpenAsync(logins, "used"));
        await logins.ReleaseAsync(idle);
        Assert.Equal([idle, used], logins.Close());
        // The users of the others release them afterwards.
        await logins.ReleaseAsync(used);
        Assert.Equal((false, false), (idle.IsClosed, used.IsClosed));
    }

    [Fact]
    public async Task ManyRequestsAtOnceNeverUseAClosedLogin()
    {
        _source.CompletesAtOnce = true;
        var logins = Table(maxIdle: 2);
        await Parallel.ForEachAsync(Enumerable.Range(0, 4000), new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Canceled }, async (i, token) =>
        {
            var login = (await GetAsync(logins, $"{i % 5}", cancellationToken: token)).Login!;
            Assert.False(login.IsClosed);
            if (i % 7 == 0)
                await Task.Yield();
            login.IsOver |= i % 97 == 0;
            Assert.False(login.IsClosed);
            await logins.ReleaseAsync(login);
        });
        await logins.WaitForClosingAsync();
        Assert.InRange(logins.Close().Count, 0, 2);
        Assert.All(_source.All, login => Assert.InRange(login.Closings, 0, 1));
    }

    private SharedLogins<string, ScriptedLogin> Table(int maxIdle = 10) => new(_source, maxIdle);

    private static Task<(ScriptedLogin? Login, bool IsNew)> GetAsync(
        SharedLogins<string, ScriptedLogin> logins, string key, LoginUse use = LoginUse.Command, CancellationToken cancellationToken = default) =>
        logins.GetAsync(key, key, use, cancellationToken.CanBeCanceled ? cancellationToken : Canceled).WaitAsync(Executions.Limit, Canceled);

    /// <summary>Opens a new login.</summary>
    private async Task<ScriptedLogin> OpenAsync(SharedLogins<string, ScriptedLogin> logins, string key)
    {
        var waiting = GetAsync(logins, key);
        var login = new ScriptedLogin();
        _source.Next(key).Complete(login);
        Assert.Equal((login, true), await waiting);
        return login;
    }
}
