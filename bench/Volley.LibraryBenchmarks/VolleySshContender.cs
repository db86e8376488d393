using Volley.Ssh;

namespace Volley.LibraryBenchmarks;

/// <summary>Volley.Ssh, one client a connection.</summary>
internal sealed class VolleySshContender(Setup setup) : IContender
{
    private readonly SshClientContext _context = new(setup.ConfigFile);
    private SshClient? _open;

    public Task ConnectToAllAsync() =>
        Parallel.ForEachAsync(Setup.Hosts, new ParallelOptions { MaxDegreeOfParallelism = Setup.HostsAtOnce }, async (host, token) =>
        {
            await using var client = await ConnectAsync(host, token);
            await RunAsync(client, token);
        });

    public async Task RunCommandsAsync()
    {
        var client = _open ??= await ConnectAsync(Setup.OneHost, default);
        await Parallel.ForEachAsync(
            Enumerable.Range(0, Setup.CommandCount),
            new ParallelOptions { MaxDegreeOfParallelism = Setup.CommandsAtOnce },
            async (_, token) => await RunAsync(client, token));
    }

    public async ValueTask DisposeAsync()
    {
        if (_open is not null)
            await _open.DisposeAsync();
        _context.Dispose();
    }

    private Task<SshClient> ConnectAsync(string host, CancellationToken cancellationToken) =>
        SshClient.ConnectAsync(host, new SshClientOptions { Context = _context }, cancellationToken);

    private static async Task RunAsync(SshClient client, CancellationToken cancellationToken)
    {
        var result = await client.RunAsync(Setup.Command, cancellationToken: cancellationToken);
        Setup.Check(result.ExitStatus.ExitCode, result.Stdout);
    }
}
