using Volley.Interop.Text;
using Volley.Ssh.Config.Keywords;
using Volley.Ssh.Config.Syntax;

namespace Volley.Ssh.Config.Resolving;

/// <summary>Applies the command line to a host. It takes precedence over the files, so it is applied before them.</summary>
internal static class OverrideReader
{
    /// <param name="overrides">The command line.</param>
    /// <param name="host">The host.</param>
    /// <param name="readOption">Parses a directive of -o; returns null if it is empty.</param>
    public static void Apply(SshOverrides overrides, HostDraft host, Func<string, ConfigItem?> readOption)
    {
        var place = ConfigPlace.CommandLine;
        if (overrides.User is { } user)
        {
            HostNameRules.CheckUser(user);
            host.User.Offer(user, place);
        }
        if (overrides.Port is { } port)
            host.Port.Offer(port is > 0 and <= 65535 ? port : throw place.Error($"bad port '{port}'"), place);
        foreach (string path in overrides.IdentityFiles)
        {
            string expanded = HomePath.Expand(path, host.Files.HomeDirectory) ?? throw place.Error($"no such user: {path}");
            if (SystemFile.Exists(expanded) || SystemFile.DirectoryExists(expanded))
                new Identity(expanded, FromUser: true, place).AddTo(host.Identities);
        }
        if (overrides.ProxyJump is { } jump)
            host.ProxyJump.Offer(JumpHosts.Parse(jump) ?? throw place.Error($"bad jump host '{jump}'"), place);
        foreach (string option in overrides.Directives)
            readOption(option)?.Apply(host, active: true);
    }

    /// <summary>Parses a directive of -o. Returns null if it is empty or a comment.</summary>
    /// <exception cref="SshConfigException">The directive is allowed only in files, or its argument is invalid.</exception>
    public static ConfigItem? ReadOption(string option, SshConfigFiles files)
    {
        var place = ConfigPlace.CommandLine;
        if (ConfigLine.Read(option, place) is not { } line)
            return null;
        return line.Keyword is "host" or "match" or "include"
            ? throw place.Error($"{line.Written} is for files only")
            : KeywordTable.Read(line, files, isUserFile: true);
    }
}
