using System.Collections.Concurrent;

namespace Volley.Ssh.Config;

/// <summary>
/// The configuration of ssh, read once, for any number of hosts: the part of ssh_config(5) that a connection of our own
/// needs, and for all the rest the answer that only ssh can do it.
/// </summary>
/// <remarks>
/// As in ssh, the first value wins, the command line comes before the user's file and that before the system's.
/// An instance does not change; hosts may be resolved from several threads.
/// </remarks>
public sealed class SshConfig
{
    private readonly SshConfigFiles _files;
    private readonly IReadOnlyList<ConfigFile> _parsed;
    private readonly bool _wantsFinalPass;
    // The command line says the same for many hosts.
    private readonly ConcurrentDictionary<string, ConfigItem?> _options = new();

    private SshConfig(SshConfigFiles files, IReadOnlyList<ConfigFile> parsed, ConfigParser parser)
    {
        _files = files;
        NamesFiles = parser.NamesFiles;
        HasUnjudgedLines = parser.HasUnjudgedLines;
        Sources = parser.Sources;
        _parsed = parsed;
        _wantsFinalPass = parsed.Any(file => file.WantsFinalPass);
    }

    /// <summary>What was read.</summary>
    internal ConfigSources Sources { get; }

    /// <summary>Reads the files and all that they include.</summary>
    /// <exception cref="SshConfigException">
    /// A line that ssh refuses too, a file that others can write to, or <see cref="SshConfigFiles.OnlyFile"/> can't be opened.
    /// </exception>
    public static SshConfig Load(SshConfigFiles files)
    {
        ArgumentNullException.ThrowIfNull(files);
        var parser = new ConfigParser(files);
        if (files.OnlyFile is { } only)
            return new(files, AsciiText.ToLower(only) == "none" ? [] : [parser.Read(only)], parser);
        var parsed = new List<ConfigFile>();
        if (files.UserFile is { } user)
            parsed.Add(parser.ReadIfExists(user, isUserFile: true, checkPermissions: true));
        if (files.SystemFile is { } system)
            parsed.Add(parser.ReadIfExists(system, isUserFile: false, checkPermissions: false));
        return new(files, parsed, parser);
    }

    /// <summary>Whether only the ssh that is installed can tell if it takes the files: they hold directives or values that not every ssh knows.</summary>
    internal bool HasUnjudgedLines { get; }

    /// <summary>Whether <see cref="Resolve"/> looks at files that the configuration names, and so may block.</summary>
    internal bool NamesFiles { get; }

    /// <summary>Whether an option makes <see cref="Resolve"/> look at a file.</summary>
    /// <exception cref="SshConfigException">It can't be understood.</exception>
    internal static bool OptionNamesFile(string option) =>
        ConfigLine.Read(option, ConfigPlace.CommandLine) is { } line && ConfigParser.IsAboutFiles(line.Keyword);

    /// <summary>Says what holds for a host.</summary>
    /// <param name="host">The host as the user names it.</param>
    /// <param name="overrides">What the command line says; null for nothing.</param>
    /// <exception cref="SshConfigException">ssh would refuse this host: a bad name, override, token or variable.</exception>
    public SshHostSettings Resolve(string host, SshOverrides? overrides = null)
    {
        ArgumentNullException.ThrowIfNull(host);
        HostNameRules.CheckHost(host);
        var draft = new HostDraft(_files, host);
        OverrideReader.Apply(
            overrides ?? SshOverrides.None, draft,
            option => _options.GetOrAdd(option, static (option, files) => OverrideReader.ReadOption(option, files), _files));
        Apply(draft);
        string hostName = HostNameRules.Canonical(draft.CurrentHostName, draft.AddressFamily.Value ?? AddressFamilyChoice.Any);
        draft.Host = hostName;
        if (_wantsFinalPass)
        {
            draft.IsFinalPass = true;
            Apply(draft);
        }
        return new SettingsBuilder(draft, hostName).Build();
    }

    private void Apply(HostDraft draft)
    {
        foreach (var file in _parsed)
            file.Apply(draft, applies: true);
    }
}
