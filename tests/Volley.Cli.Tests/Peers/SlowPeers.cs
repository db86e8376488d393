namespace Volley.Cli.Tests.Peers;

/// <summary>The servers that take long to install, and Dropbear as a daemon, which drops connections where many log in at once.</summary>
public sealed class SlowPeers : PeerScene
{
    public override bool IsWanted => Environment.GetEnvironmentVariable("VOLLEY_LONG") is not null;

    private protected override IEnumerable<Task> StartServers()
    {
        yield return AddAsync("conch", PeerServer.StartPythonAsync("conch_server.py", Folder.Path, Environment.UserName), PeerAbilities.All & ~(PeerAbilities.NativeAlgorithms | PeerAbilities.RsaKeys));
        yield return AddAsync("erlang", StartErlangAsync(), PeerAbilities.RsaKeys | PeerAbilities.NativeAlgorithms);
        if (Environment.IsPrivilegedProcess)
            yield return StartForUserAsync();
    }

    private Task<PeerServer> StartErlangAsync()
    {
        File.Copy(Folder["host_key"], Folder["ssh_host_ed25519_key"]);
        return PeerServer.StartAsync("escript", PeerServer.PathOf("erlang_server.escript"), Folder.Path);
    }

    private async Task StartForUserAsync()
    {
        var fleet = await StartFleetAsync();
        await AddAsync("dropbear", StartDropbearAsync(keys => PeerServer.StartAsync("sh", [PeerServer.PathOf("dropbear_daemon.sh"), .. keys])), user: fleet.User);
    }
}
