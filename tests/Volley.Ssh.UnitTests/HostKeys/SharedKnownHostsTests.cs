using System.Diagnostics;
using Volley.Interop;
using Volley.Ssh.HostKeys;
using Volley.Ssh.Transport;
using Xunit;

namespace Volley.Ssh.UnitTests.HostKeys;

/// <summary>A file of known hosts that several logins or programs write at the same time.</summary>
public sealed class SharedKnownHostsTests : HostKeyScene
{
    [Fact]
    public async Task ThreeHundredFirstContactsAtOnceAreRecordedOnceEach()
    {
        var files = new KnownHosts();
        var offer = Offer(One);
        // Each name three times, as a host that is listed more than once.
        await Parallel.ForAsync(0, 300, (i, token) => new HostKeyChecker(Policy($"web{i % 100}"), files).CheckAsync(offer, token));
        var lines = await File.ReadAllLinesAsync(Known);
        Assert.Equal(100, lines.Length);
        Assert.Equal(100, lines.Distinct().Count());
        Assert.All(lines, line => Assert.EndsWith(Public(One), line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task WhatAnotherRunRecordsMeanwhileCounts()
    {
        KnownHosts ours = new(), theirs = new();
        Write("");
        var checker = new HostKeyChecker(Policy("web1"), ours);
        Assert.NotNull(checker.Order(SshAlgorithms.HostKeys));
        await new HostKeyChecker(Policy("web1"), theirs).CheckAsync(Offer(One));
        Assert.Contains("host key changed", (await Assert.ThrowsAsync<SshException>(async () => await checker.CheckAsync(Offer(Two)))).Message, StringComparison.Ordinal);
        await new HostKeyChecker(Policy("web1"), ours).CheckAsync(Offer(One));
        Assert.Single(await File.ReadAllLinesAsync(Known));
    }

    [Fact]
    public async Task AWaitForTheFilesLockIsGivenUpAtOnceAndOthersGoOn()
    {
        Write("");
        var held = LockedFile.Open(Known);
        // It is read in any case: another run that records a key must not lead to a rejection.
        var files = new KnownHosts();
        using var cancellation = new CancellationTokenSource();
        // None of them holds a thread, this one included.
        var waiting = Enumerable.Range(0, 200)
            .Select(i => new HostKeyChecker(Policy($"web{i}"), files).CheckAsync(Offer(One), cancellation.Token).AsTask()).ToArray();
        var other = new HostKeyChecker(Policy("db1"), files).CheckAsync(Offer(One)).AsTask();
        var clock = Stopwatch.StartNew();
        await cancellation.CancelAsync();
        foreach (var given in waiting)
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given.WaitAsync(Limit));
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        Assert.False(other.IsCompleted);
        held.Dispose();
        await other.WaitAsync(Limit);
        Assert.Equal([$"db1 {Public(One)}"], await File.ReadAllLinesAsync(Known));
    }

    [Fact]
    public async Task ALockThatComesTooLateIsGivenBackAndRecordsNothing()
    {
        Write("");
        var held = LockedFile.Open(Known);
        var files = new KnownHosts();
        using var cancellation = new CancellationTokenSource();
        var waiting = new HostKeyChecker(Policy("web1"), files).CheckAsync(Offer(One), cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(Limit));
        held.Dispose();
        await new HostKeyChecker(Policy("db1"), files).CheckAsync(Offer(One)).AsTask().WaitAsync(Limit);
        LockedFile.Open(Known).Dispose();
        Assert.Equal([$"db1 {Public(One)}"], await File.ReadAllLinesAsync(Known));
    }

    [Fact]
    public async Task AFileThatIsCutToNothingMeanwhileIsReadAgain()
    {
        Write($"web1 {Public(One)}\n");
        var files = new KnownHosts();
        await new HostKeyChecker(Policy("web1"), files).CheckAsync(Offer(One));
        Write("");
        await new HostKeyChecker(Policy("db1"), files).CheckAsync(Offer(One));
        Assert.Equal([$"db1 {Public(One)}"], await File.ReadAllLinesAsync(Known));
    }
}
