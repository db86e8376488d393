using Renci.SshNet;

namespace Volley.LibraryBenchmarks;

/// <summary>
/// SSH.NET with all that makes it cheaper: the key is read once, no other algorithm is offered, and the pool has a thread for each of the calls
/// that block in it.
/// </summary>
internal sealed class SshNetContender : IContender
{
    private readonly Setup _setup;
    private readonly PrivateKeyFile _key;
    private SshClient? _open;

    public SshNetContender(Setup setup)
    {
        ThreadPool.SetMinThreads(4 * Setup.HostsAtOnce, 4 * Setup.HostsAtOnce);
        _setup = setup;
        _key = new PrivateKeyFile(setup.KeyFile);
    }

    public Task ConnectToAllAsync() =>
        Parallel.ForEachAsync(Setup.Hosts, new ParallelOptions { MaxDegreeOfParallelism = Setup.HostsAtOnce }, async (host, token) =>
        {
            using var client = await ConnectAsync(host, token);
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

    public ValueTask DisposeAsync()
    {
        _open?.Dispose();
        _key.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<SshClient> ConnectAsync(string host, CancellationToken cancellationToken)
    {
        var settings = new ConnectionInfo(host, _setup.Port, Setup.User, new PrivateKeyAuthenticationMethod(Setup.User, _key));
        Keep(settings.KeyExchangeAlgorithms, Setup.KeyExchange);
        Keep(settings.HostKeyAlgorithms, Setup.HostKeyAlgorithm);
        Keep(settings.Encryptions, _setup.Cipher);
        var client = new SshClient(settings);
        client.HostKeyReceived += (_, key) => key.CanTrust = key.FingerPrintSHA256 == _setup.HostKey;
        await client.ConnectAsync(cancellationToken);
        return client;
    }

    private static async Task RunAsync(SshClient client, CancellationToken cancellationToken)
    {
        using var command = client.CreateCommand(Setup.Command);
        await command.ExecuteAsync(cancellationToken);
        Setup.Check(command.ExitStatus, command.Result);
    }

    private static void Keep<T>(IDictionary<string, T> algorithms, string name)
    {
        foreach (var other in algorithms.Keys.Where(key => key != name).ToList())
            algorithms.Remove(other);
    }
}
