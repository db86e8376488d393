using System.Globalization;
using System.Text;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Peers;

/// <summary>Servers of several makers, started at once, each a host of one ssh_config(5) file.</summary>
public abstract class PeerScene : IAsyncLifetime
{
    private readonly ScratchFolder _folder = new();
    private readonly List<PeerServer> _servers = [];
    private readonly List<Peer> _peers = [];
    private string? _home;

    internal IReadOnlyList<Peer> Peers => _peers;

    /// <summary>The configuration that leads to all of them.</summary>
    internal string Config => Folder["ssh_config"];

    /// <summary>The same with an RSA key of the user's.</summary>
    internal string RsaConfig => Folder["ssh_config_rsa"];

    /// <summary>Holds host_key, authorized_keys and the user's keys.</summary>
    internal ScratchFolder Folder => _folder;

    /// <summary>The user whom servers log in that look users up.</summary>
    private protected Fleet? Fleet { get; private set; }

    /// <summary>Whether the servers are wanted in this run of the tests.</summary>
    public virtual bool IsWanted => true;

    public async ValueTask InitializeAsync()
    {
        if (!IsWanted)
            return;
        foreach (var (name, type) in ((string, string)[])[("host_key", "ed25519"), ("user_key", "ed25519"), ("rsa_key", "rsa")])
            await PeerServer.RunAsync(new ProgramStart("ssh-keygen", "-q", "-t", type, "-N", "", "-f", Folder[name]));
        Folder.Write("authorized_keys", File.ReadAllText(Folder["user_key.pub"]) + File.ReadAllText(Folder["rsa_key.pub"]));
        await Task.WhenAll(StartServers());
        Folder.Write("ssh_config", ConfigWith("user_key"));
        Folder.Write("ssh_config_rsa", ConfigWith("rsa_key"));
    }

    /// <summary>A new file that all users may write.</summary>
    internal string NewSharedFile()
    {
        var file = Folder.Write(Path.GetRandomFileName(), "");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file, (UnixFileMode)0b110_110_110);
        return file;
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Task.WhenAll(_servers.Select(server => server.DisposeAsync().AsTask()));
        if (Fleet is not null)
            await Fleet.DisposeAsync();
        if (_home is not null)
            Directory.Delete(_home, recursive: true);
        Folder.Dispose();
    }

    /// <summary>What all servers printed.</summary>
    internal string Logs() => string.Join('\n', _servers.Select(server => server.Log));

    /// <summary>Begins to start the servers, all at once.</summary>
    private protected abstract IEnumerable<Task> StartServers();

    private protected async Task AddAsync(string host, Task<PeerServer> starting, PeerAbilities abilities = PeerAbilities.All, string? user = null)
    {
        var server = await starting;
        lock (_peers)
        {
            _servers.Add(server);
            _peers.Add(new Peer(host, server.Port, user ?? Environment.UserName, abilities));
        }
    }

    private string ConfigWith(string key)
    {
        var config = new StringBuilder();
        foreach (var peer in _peers)
            config.Append(CultureInfo.InvariantCulture, $"Host {peer.Host}\nHostName 127.0.0.1\nPort {peer.Port}\nUser {peer.User}\nHostKeyAlias {peer.Host}\n");
        return $"{config}Host *\nIdentityFile {Folder[key]}\nIdentitiesOnly yes\nUserKnownHostsFile {Folder["known_hosts"]}\nGlobalKnownHostsFile /dev/null\n";
    }

    /// <summary>
    /// Starts a fleet, whose user tinysshd and Dropbear know: they read the keys in the home directory, and only where no other
    /// user may write to one of its parents, as to /tmp.
    /// </summary>
    private protected async Task<Fleet> StartFleetAsync()
    {
        Fleet = await Fleet.StartAsync();
        _home = $"/run/volley-peers-{Path.GetRandomFileName()}";
        Directory.CreateDirectory(Path.Combine(_home, ".ssh"));
        File.Copy(Folder["authorized_keys"], Path.Combine(_home, ".ssh", "authorized_keys"));
        await PeerServer.RunAsync(new ProgramStart("chmod", "-R", "u=rwX,go=", _home));
        await PeerServer.RunAsync(new ProgramStart("chown", "-R", $"{Fleet.User}:", _home));
        await PeerServer.RunAsync(new ProgramStart("usermod", "-d", _home, Fleet.User));
        return Fleet;
    }

    /// <summary>Starts Dropbear, and makes its host keys.</summary>
    /// <param name="start">Starts it with the options that name the keys.</param>
    private protected async Task<PeerServer> StartDropbearAsync(Func<IEnumerable<string>, Task<PeerServer>> start)
    {
        var options = new List<string>();
        foreach (var type in (string[])["ed25519", "ecdsa"])
        {
            var path = Folder[$"dropbear_{type}"];
            if (!File.Exists(path))
                await PeerServer.RunAsync(new ProgramStart("dropbearkey", "-t", type, "-f", path));
            options.AddRange(["-r", path]);
        }

        return await start(options);
    }
}
