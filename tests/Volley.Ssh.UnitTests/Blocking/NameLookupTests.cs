using System.Net;
using System.Net.Sockets;
using Volley.Interop.Blocking;
using Volley.Ssh.Net;
using Xunit;

namespace Volley.Ssh.UnitTests.Blocking;

public sealed class NameLookupTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly ManualResetEventSlim _gate = new();
    private readonly SemaphoreSlim _asked = new(0);
    private readonly NameLookup _lookup;
    private int _queries;

    public NameLookupTests() => _lookup = new(new BlockingWork(1), (_, _) =>
    {
        Interlocked.Increment(ref _queries);
        _asked.Release();
        _gate.Wait();
        return [IPAddress.Loopback];
    });

    public void Dispose()
    {
        _gate.Set();
        _gate.Dispose();
        _asked.Dispose();
    }

    [Fact]
    public async Task CallersShareAQueryAndTheNextOneAsksAgain()
    {
        var callers = Enumerable.Range(0, 50).Select(_ => AskAsync("web1")).ToArray();
        Assert.True(await _asked.WaitAsync(Limit));
        _gate.Set();
        Assert.All(await Task.WhenAll(callers).WaitAsync(Limit), found => Assert.Equal([IPAddress.Loopback], found));
        Assert.Equal(1, _queries);
        await AskAsync("web1");
        Assert.Equal(2, _queries);
    }

    [Fact]
    public async Task ACallerThatLeavesTakesNothingFromTheOthersOrFromTheNext()
    {
        using var cancellation = new CancellationTokenSource();
        var leaving = AskAsync("web1", cancellation.Token);
        var staying = AskAsync("web1");
        Assert.True(await _asked.WaitAsync(Limit));
        await cancellation.CancelAsync();
        Assert.Equal("looking up web1", (await Assert.ThrowsAsync<BlockedException>(() => leaving)).What);
        var next = AskAsync("web1");
        _gate.Set();
        await Task.WhenAll(staying, next).WaitAsync(Limit);
        Assert.Equal(1, _queries);
    }

    [Fact]
    public async Task AQueryThatNobodyWantsAnyMoreIsNotBegun()
    {
        using var cancellation = new CancellationTokenSource();
        var first = AskAsync("web1");
        Assert.True(await _asked.WaitAsync(Limit));
        var unwanted = AskAsync("web2", cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAsync<BlockedException>(() => unwanted);
        _gate.Set();
        await first.WaitAsync(Limit);
        await AskAsync("web2").WaitAsync(Limit);
        Assert.Equal(2, _queries);
    }

    [Fact]
    public async Task AFailureGoesToEveryCaller()
    {
        var lookup = new NameLookup(new BlockingWork(1), (_, _) =>
        {
            _gate.Wait();
            throw new SocketException((int)SocketError.HostNotFound);
        });
        var callers = Enumerable.Range(0, 3).Select(_ => lookup.GetAddressesAsync("none", AddressFamily.Unspecified, default)).ToArray();
        _gate.Set();
        foreach (var caller in callers)
            await Assert.ThrowsAsync<SocketException>(() => caller.WaitAsync(Limit));
    }

    private Task<IPAddress[]> AskAsync(string name, CancellationToken cancellationToken = default) =>
        _lookup.GetAddressesAsync(name, AddressFamily.Unspecified, cancellationToken);
}
