using System.Globalization;
using Volley.Interop;
using Volley.Interop.Text;
using Volley.Inventory.Programs;
using Volley.Inventory.Sources;

namespace Volley.Inventory.Ansible;

/// <summary>
/// An Ansible inventory: a file in INI or YAML, an executable, or a directory of these, with the <c>group_vars</c> and <c>host_vars</c> beside it.
/// </summary>
/// <param name="name">The name of the source.</param>
/// <param name="path">The file or directory.</param>
/// <param name="runsPrograms">Whether executables are run, because the configuration or the command line names the inventory.</param>
internal sealed class AnsibleSource(string name, string path, bool runsPrograms) : TableSource(name, path)
{
    // Those that Ansible passes over in a directory.
    private static readonly string[] IgnoredSuffixes = ["~", ".orig", ".bak", ".ini.bak", ".cfg", ".retry", ".pyc", ".pyo", ".md", ".txt", ".rst"];
    private static readonly string[] YamlSuffixes = [".yaml", ".yml", ".json"];

    /// <summary>The line of the configuration that names the inventory; empty if another place does.</summary>
    public FilePlace Place { get; init; }

    protected override async ValueTask<GroupTable> ReadAsync(CancellationToken cancellationToken)
    {
        if (Place != default && !SystemFile.Exists(Location) && !SystemFile.DirectoryExists(Location))
            throw new HostSourceException(Name, $"there is no inventory {Location}; a file, a directory or a program was expected", Place.Path, Place.Line);
        var inventory = new AnsibleInventory(Name);
        bool isDirectory = SystemFile.DirectoryExists(Location);
        if (isDirectory)
            await ReadDirectoryAsync(inventory, Location, cancellationToken).ConfigureAwait(false);
        else
            await ReadFileAsync(inventory, Location, cancellationToken).ConfigureAwait(false);
        inventory.Complete();
        string directory = isDirectory ? Location : Path.GetDirectoryName(Path.GetFullPath(Location))!;
        return CreateTable(inventory, new VariableFiles(Name, directory));
    }

    private async Task ReadDirectoryAsync(AnsibleInventory inventory, string directory, CancellationToken cancellationToken)
    {
        foreach (string entry in SourceFile.ReadNames(Name, directory))
        {
            if (entry is "group_vars" or "host_vars" || entry[0] == '.'
                || Array.Exists(IgnoredSuffixes, suffix => entry.EndsWith(suffix, StringComparison.Ordinal)))
                continue;
            string child = Path.Combine(directory, entry);
            if (SystemFile.DirectoryExists(child))
                await ReadDirectoryAsync(inventory, child, cancellationToken).ConfigureAwait(false);
            else
                await ReadFileAsync(inventory, child, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task ReadFileAsync(AnsibleInventory inventory, string file, CancellationToken cancellationToken)
    {
        if (ProgramPath.IsExecutable(file) && IsProgram(file))
        {
            if (!runsPrograms)
                throw new HostSourceException(Name, "it is executable, and is run only where 'inventories' in the configuration names it", file);
            await new DynamicInventory(inventory, Name, file).ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        else if (YamlSuffixes.Contains(Path.GetExtension(file)))
        {
            new YamlInventory(inventory, Name, file).Read();
        }
        else
        {
            new IniInventory(inventory, Name, file).Read();
        }
    }

    // Files from other systems are often executable by accident.
    private bool IsProgram(string file) => SourceFile.ReadText(Name, file) is ['#', '!', ..] or ['\u007f', 'E', 'L', 'F', ..];

    private GroupTable CreateTable(AnsibleInventory inventory, VariableFiles files)
    {
        Dictionary<AnsibleGroup, int> depths = inventory.Depths();
        var fileVariables = inventory.Groups.ToDictionary(group => group, group => files.Read("group_vars", group.Name));
        var groupsByHost = new Dictionary<string, List<AnsibleGroup>>();
        foreach (AnsibleGroup group in inventory.Groups)
        {
            foreach (string host in group.Hosts)
            {
                if (!groupsByHost.TryGetValue(host, out List<AnsibleGroup>? groups))
                    groupsByHost.Add(host, groups = []);
                groups.Add(group);
            }
        }
        var table = new GroupTable();
        foreach (AnsibleGroup group in inventory.Groups)
            table.Add(group.Name);
        foreach (string host in inventory.Hosts)
        {
            // A group that is nested deeper has precedence, then the one whose name is later in the alphabet.
            List<AnsibleGroup> groups = [.. groupsByHost[host].SelectMany(group => group.Ancestors()).Distinct()
                .OrderBy(group => depths[group]).ThenBy(group => Priority(group)).ThenBy(group => group.Name, StringComparer.Ordinal)];
            var variables = new Dictionary<string, string>();
            foreach (AnsibleGroup group in groups)
                AddAll(variables, group.Variables);
            foreach (AnsibleGroup group in groups)
                AddAll(variables, fileVariables[group]);
            AddAll(variables, inventory.GetVariables(host));
            AddAll(variables, files.Read("host_vars", host));
            KnownHost known = CreateHost(host, variables, inventory.GetPlace(host));
            table.Hosts.Add(known);
            foreach (AnsibleGroup group in groups)
                table.Add(group.Name, known);
        }
        return table;
    }

    private static int Priority(AnsibleGroup group) =>
        group.Variables.TryGetValue("ansible_group_priority", out string? text) && int.TryParse(text, CultureInfo.InvariantCulture, out int priority)
            ? priority
            : 1;

    private static void AddAll(Dictionary<string, string> variables, IReadOnlyDictionary<string, string> more)
    {
        foreach ((string variable, string value) in more)
            variables[variable] = value;
    }

    private KnownHost CreateHost(string host, Dictionary<string, string> variables, FilePlace place)
    {
        Target alias = HostNames.ParseOne(Name, host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host, place);
        string? user = Value("ansible_user") ?? Value("ansible_ssh_user");
        string? port = Value("ansible_port") ?? Value("ansible_ssh_port");
        string? address = Value("ansible_host") ?? Value("ansible_ssh_host");
        if (port is not null && (!int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out int checkedPort) || checkedPort is < 1 or > 65535))
            throw new HostSourceException(Name, $"the port of {host} is '{port}'; a number from 1 to 65535 was expected", place.Path, place.Line);
        if (user is not null && HostNames.TryParse($"{user}@h") is not { Host: "h", Port: null })
            throw new HostSourceException(Name, $"the user of {host} is '{user}'; a login name was expected", place.Path, place.Line);
        if (address is not null)
        {
            string name = address.Contains(':', StringComparison.Ordinal) && !address.StartsWith('[') ? $"[{address}]" : address;
            address = HostNames.TryParse(name) is { User: null, Port: null } parsed
                ? parsed.Host
                : throw new HostSourceException(Name, $"the address of {host} is '{address}'; a host name or an address was expected", place.Path, place.Line);
        }
        return new(alias with { User = user, Port = port is null ? null : int.Parse(port, CultureInfo.InvariantCulture) })
        {
            Address = address == alias.Host ? null : address,
            Identity = Value("ansible_ssh_private_key_file"),
            Attributes = variables,
        };

        // A template is evaluated by Ansible only.
        string? Value(string variable) =>
            variables.TryGetValue(variable, out string? value) && value.Length > 0 && !value.Contains("{{", StringComparison.Ordinal) ? value : null;
    }
}
