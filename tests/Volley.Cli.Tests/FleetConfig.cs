using System.Text;
using Volley.Testing;

namespace Volley.Cli.Tests;

/// <summary>An ssh_config for the fleet, of which a test may leave something out or say it differently.</summary>
internal sealed record FleetConfig(Fleet Fleet)
{
    private static int _files;

    public string? User { get; init; } = Fleet.User;

    public int? Port { get; init; } = Fleet.Port;

    public string? Identity { get; init; } = Fleet.KeyPath;

    public string KnownHosts { get; init; } = Fleet.KnownHosts;

    /// <summary>Further lines, which win over the others.</summary>
    public string[] Lines { get; init; } = [];

    /// <summary>Writes it into the fleet's folder; its path.</summary>
    public string Write()
    {
        var text = new StringBuilder();
        foreach (var line in Lines)
            text.AppendLine(line);
        if (User is not null)
            text.AppendLine($"User {User}");
        if (Port is not null)
            text.AppendLine($"Port {Port}");
        // Without a file of ours ssh would try those below ~/.ssh.
        text.AppendLine($"IdentityFile {Identity ?? "none"}");
        text.AppendLine("IdentitiesOnly yes");
        text.AppendLine($"UserKnownHostsFile {KnownHosts}");
        text.AppendLine("GlobalKnownHostsFile /dev/null");
        // A busy machine may need longer than the default.
        text.AppendLine("ConnectTimeout 60");
        var path = Path.Combine(Fleet.Folder, $"config-{Interlocked.Increment(ref _files)}");
        File.WriteAllText(path, text.ToString());
        return path;
    }
}
