using System.Collections.Concurrent;
using Volley.Ssh.Config;
using Volley.Ssh.Config.Keywords;
using Volley.Ssh.Config.Resolving;
using Volley.Ssh.Config.Syntax;

namespace Volley.Ssh;

/// <summary>
/// The configuration of ssh, read once for any number of hosts. It covers the part of ssh_config(5) that the native client supports, and reports
/// everything else as a reason to use ssh.
/// </summary>
/// <remarks>As in ssh, the first value wins: the command line precedes the user's file, which precedes the system's file. Instances are thread-safe.</remarks>
public sealed class SshConfig
{
    private readonly SshConfigFiles _files;
    private readonly IReadOnlyList<ConfigFile> _parsed;
    private readonly bool _wantsFinalPass;
    // Cached, because the options of the command line are the same for many hosts.
    private readonly ConcurrentDictionary<string, ConfigItem?> _options = new();

    private SshConfig(SshConfigFiles files, IReadOnlyList<ConfigFile> parsed, ConfigParser parser)
    {
        _files = files;
        NamesFiles = parser.NamesFiles;
        HasUnjudgedLines = parser.HasUnjudgedLines;
        Sources = parser.Sources;
        HostAliases = parser.Aliases.Names;
        _parsed = parsed;
        _wantsFinalPass = parsed.Any(file => file.WantsFinalPass);
    }

    /// <summary>The stamps of the files that were read, in the order of reading. A file without a stamp is listed by its path.</summary>
    public IReadOnlyList<string> Files => Sources.Files;

    /// <summary>The names of the environment variables that the files refer to.</summary>
    public IReadOnlyCollection<string> Variables => Sources.Variables;

    /// <summary>The files that were read, and the variables that they refer to.</summary>
    internal SshConfigSources Sources { get; }

    /// <summary>
    /// Returns the names of the variables in the text of a directive, written as <c>$NAME</c> or <c>${NAME}</c>. ssh expands some of them; a shell
    /// that ssh starts expands the others.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <returns>The names, in order.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="text"/> is null.</exception>
    public static IEnumerable<string> FindVariables(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return SshConfigSources.VariablesIn(text);
    }

    /// <summary>
    /// The hosts that <c>Host</c> lines name without wildcards, in their order and without duplicates, those of included files among them. A name that the
    /// same line excludes (<c>!NAME</c>) is left out.
    /// </summary>
    public IReadOnlyList<string> HostAliases { get; }

    /// <summary>Reads the files, and the files that they include.</summary>
    /// <param name="files">The files.</param>
    /// <returns>The configuration.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="files"/> is null.</exception>
    /// <exception cref="SshConfigException">
    /// ssh would refuse a line or the permissions of a file, or <see cref="SshConfigFiles.OnlyFile"/> can't be read.
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

    /// <summary>Whether the files have directives or values that not every ssh accepts, so that only the installed ssh can tell.</summary>
    public bool HasUnjudgedLines { get; }

    /// <summary>Whether <see cref="Resolve"/> examines files that the configuration names, and so may block.</summary>
    internal bool NamesFiles { get; }

    /// <summary>Returns whether a directive of -o makes <see cref="Resolve"/> examine a file.</summary>
    /// <exception cref="SshConfigException">The directive can't be parsed.</exception>
    internal static bool OptionNamesFile(string option) =>
        ConfigLine.Read(option, ConfigPlace.CommandLine) is { } line && ConfigParser.IsAboutFiles(line.Keyword);

    /// <summary>Returns the settings of a host.</summary>
    /// <param name="host">The host as the user wrote it.</param>
    /// <param name="overrides">The values of the command line; null for none.</param>
    /// <returns>The settings of the host.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="host"/> is null.</exception>
    /// <exception cref="SshConfigException">ssh would refuse this host: a name, an override, a token or a variable is invalid.</exception>
    public SshHostSettings Resolve(string host, SshOverrides? overrides = null)
    {
        ArgumentNullException.ThrowIfNull(host);
        HostNameRules.CheckHost(host);
        var draft = new HostDraft(_files, host);
        OverrideReader.Apply(
            overrides ?? SshOverrides.None, draft,
            option => _options.GetOrAdd(option, static (option, files) => OverrideReader.ReadOption(option, files), _files));
        Apply(draft);
        string hostName = HostNameRules.Canonical(draft.CurrentHostName, draft.AddressFamily.Value ?? System.Net.Sockets.AddressFamily.Unspecified);
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
