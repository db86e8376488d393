using Volley.Ssh.Connection;
using Volley.Ssh.ControlMaster;
using Volley.Ssh.Net;
using Volley.Testing;
using Xunit;

namespace Volley.Ssh.UnitTests;

/// <summary>A real OpenSSH control master, logged in to one host of a fleet.</summary>
internal sealed class ControlMaster : IAsyncDisposable
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private static int _count;

    private ControlMaster(string path, int processId) => (Path, ProcessId) = (path, processId);

    public string Path { get; }

    public int ProcessId { get; }

    /// <summary>Starts a master at a host of its own, or at a given one.</summary>
    public static async Task<ControlMaster> StartAsync(Fleet fleet, string? host = null)
    {
        var n = Interlocked.Increment(ref _count);
        var path = System.IO.Path.Combine(fleet.Folder, $"m{n}");
        // ssh appends 17 characters to the name while it makes the socket.
        Assert.InRange(path.Length, 1, 90);
        // With ControlPersist the process that we start ends once the socket is there.
        var ssh = await ProgramRun.RunAsync(new ProgramStart("ssh", "-F", fleet.SshConfig, "-M", "-N", "-S", path,
            "-o", "ControlPersist=10", "-o", "BatchMode=yes", host ?? Fleet.Address(n)));
        Assert.True(ssh.ExitCode == 0, ssh.ToString());
        return new(path, await SshControlMaster.GetProcessIdAsync(path, Limit));
    }

    public async Task<SshConnection> ConnectAsync(SshConnectionOptions? options = null, TimeProvider? time = null) =>
        new(await MuxProxyPackets.ConnectAsync(Path, MuxProxyPackets.DefaultLimit, TimeProvider.System, SocketConnector.Default, default), options, time);

    public Task SignalAsync(string signal) => SignalAsync(ProcessId, signal);

    public static async Task SignalAsync(int processId, string signal)
    {
        var kill = await ProgramRun.RunAsync(new ProgramStart("kill", $"-{signal}", $"{processId}"));
        Assert.True(kill.ExitCode == 0, kill.ToString());
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await SshControlMaster.TerminateAsync(Path, Limit);
        }
        catch (SshControlMasterException e) when (e.Failure is SshControlMasterFailure.NoSocket or SshControlMasterFailure.Stale or SshControlMasterFailure.Ended)
        {
            // The test has ended it.
        }
        await Processes.WaitForEndAsync(ProcessId, Limit);
    }
}
