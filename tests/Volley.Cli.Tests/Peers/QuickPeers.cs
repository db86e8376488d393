using Volley.Testing;

namespace Volley.Cli.Tests.Peers;

/// <summary>The servers that are quick to install and to start.</summary>
public sealed class QuickPeers : PeerScene
{
    private protected override IEnumerable<Task> StartServers()
    {
        yield return AddAsync("go", StartGoAsync());
        yield return AddAsync("asyncssh", PeerServer.StartPythonAsync("asyncssh_server.py", Folder.Path));
        yield return AddAsync("rekeying", PeerServer.StartPythonAsync("asyncssh_server.py", Folder.Path, "65536"));
        yield return AddAsync("paramiko", PeerServer.StartPythonAsync("paramiko_server.py", Folder.Path), PeerAbilities.All & ~(PeerAbilities.ExitSignals | PeerAbilities.RsaKeys));
        // Servers that share no connection, and are not known by their names.
        yield return AddAsync("onesession", PeerServer.StartPythonAsync("paramiko_server.py", Folder.Path, "one-session"), PeerAbilities.All & ~(PeerAbilities.ExitSignals | PeerAbilities.RsaKeys));
        yield return AddAsync("onecommand", PeerServer.StartPythonAsync("paramiko_server.py", Folder.Path, "one-command"), PeerAbilities.All & ~(PeerAbilities.ExitSignals | PeerAbilities.RsaKeys));
        // They let in only users whose homes hold their keys; the fleet has a user of its own only as root.
        if (Environment.IsPrivilegedProcess)
            yield return StartForUserAsync();
    }

    private async Task<PeerServer> StartGoAsync()
    {
        var environment = new Dictionary<string, string?>
        {
            ["GO111MODULE"] = "off",
            ["GOPATH"] = "/usr/share/gocode",
            ["GOFLAGS"] = null,
            ["GOTOOLCHAIN"] = "local",
            ["GOCACHE"] = PeerServer.PathOf("obj/go"),
        };
        var build = new ProgramStart("go", "build", "-o", Folder["go_server"], PeerServer.PathOf("go/server.go")) { Environment = environment };
        await PeerServer.RunAsync(build);
        return await PeerServer.StartAsync(Folder["go_server"], Folder.Path);
    }

    private async Task StartForUserAsync()
    {
        var fleet = await StartFleetAsync();
        await Task.WhenAll(
            AddAsync("tinysshd", StartTinysshdAsync(), PeerAbilities.All & ~PeerAbilities.RsaKeys, fleet.User),
            AddAsync("dropbear", StartDropbearAsync(keys => PeerServer.StartPythonAsync("inetd.py", ["dropbear", "-i", "-s", .. keys])), user: fleet.User));
    }

    private async Task<PeerServer> StartTinysshdAsync()
    {
        await PeerServer.RunAsync(new ProgramStart("tinysshd-makekey", "-q", Folder["tinysshd"]));
        return await PeerServer.StartPythonAsync("inetd.py", "tinysshd", Folder["tinysshd"]);
    }
}
