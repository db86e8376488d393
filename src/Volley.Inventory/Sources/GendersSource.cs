namespace Volley.Inventory.Sources;

/// <summary>The nodes of a genders file. The groups are <c>attribute</c> and <c>attribute=value</c>.</summary>
internal sealed class GendersSource(string path) : TableSource(GendersFile.SourceName, path)
{
    protected override ValueTask<GroupTable> ReadAsync(CancellationToken cancellationToken)
    {
        var names = new Dictionary<string, Target>();
        GendersFile file = GendersFile.Read(Location, Expand);
        var table = new GroupTable();
        foreach (string node in file.Nodes)
        {
            Dictionary<string, string> attributes = file[node].ToDictionary(attribute => attribute.Key, attribute => attribute.Value ?? "");
            var host = new KnownHost(names[node]) { Attributes = attributes };
            table.Hosts.Add(host);
            foreach ((string attribute, string value) in attributes)
            {
                table.Add(attribute, host);
                if (value.Length > 0)
                    table.Add($"{attribute}={value}", host);
            }
        }
        return ValueTask.FromResult(table);

        IEnumerable<string> Expand(string nodes, FilePlace place)
        {
            foreach (Target name in HostNames.Parse(Name, nodes, place))
            {
                names.TryAdd(name.Host, name);
                yield return name.Host;
            }
        }
    }
}
