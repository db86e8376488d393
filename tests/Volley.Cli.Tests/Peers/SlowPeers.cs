using Volley.Testing;

namespace Volley.Cli.Tests.Peers;

/// <summary>The servers that take long to install, and Dropbear as a daemon, which drops connections where many log in at once.</summary>
public sealed class SlowPeers : PeerScene
{
    public override bool IsWanted => TestRun.IsLong;

    private protected override IEnumerable<Task> StartServers()
    {
        yield return AddAsync("ssh2", StartSsh2Async());
        yield return AddAsync("conch", PeerServer.StartPythonAsync("conch_server.py", Folder.Path, Environment.UserName), PeerAbilities.All & ~(PeerAbilities.NativeAlgorithms | PeerAbilities.RsaKeys));
        yield return AddAsync("erlang", StartErlangAsync(), PeerAbilities.RsaKeys | PeerAbilities.NativeAlgorithms);
        if (Environment.IsPrivilegedProcess)
            yield return StartForUserAsync();
    }

    /// <summary>npm takes exactly what the lock file names; nothing is compiled.</summary>
    private async Task<PeerServer> StartSsh2Async()
    {
        var folder = Folder["ssh2"];
        Directory.CreateDirectory(folder);
        foreach (var file in (string[])["package.json", "package-lock.json", "server.js"])
            File.Copy(PeerServer.PathOf($"ssh2/{file}"), Path.Combine(folder, file));
        await PeerServer.RunAsync(new ProgramStart(
            "npm", "ci", "--omit=optional", "--ignore-scripts", "--no-audit", "--no-fund", "--cache", PeerServer.PathOf("obj/npm"))
        { WorkingDirectory = folder });
        return await PeerServer.StartAsync("node", Path.Combine(folder, "server.js"), Folder.Path);
    }

    private Task<PeerServer> StartErlangAsync()
    {
        File.Copy(Folder["host_key"], Folder["ssh_host_ed25519_key"]);
        return PeerServer.StartAsync("escript", PeerServer.PathOf("erlang_server.escript"), Folder.Path);
    }

    private async Task StartForUserAsync()
    {
        var fleet = await StartFleetAsync();
        await AddAsync("dropbear", StartDropbearAsync(keys => PeerServer.StartAsync("sh", [PeerServer.PathOf("dropbear_daemon.sh"), Folder["dropbear.pid"], .. keys])), user: fleet.User);
    }
}
