using Volley.Interop.Text;

namespace Volley.Inventory.Sources;

/// <summary>The session of Backend.AI that this process is in: BACKENDAI_CLUSTER_HOSTS. The groups are the roles, such as <c>main</c> and <c>sub</c>.</summary>
internal sealed class BackendAiSource(string hosts) : TableSource("backendai", Variable)
{
    public const string Variable = "BACKENDAI_CLUSTER_HOSTS";

    /// <summary>Returns the source, or null outside of a session.</summary>
    public static BackendAiSource? Find(Func<string, string?> variable) =>
        variable(Variable) is { } hosts && !string.IsNullOrWhiteSpace(hosts) ? new(SystemText.ToValid(hosts)) : null;

    protected override ValueTask<GroupTable> ReadAsync(CancellationToken cancellationToken)
    {
        var table = new GroupTable();
        foreach (Target name in HostNames.Parse(Name, hosts, new(Variable, 0)))
        {
            // Hosts are named after their role and a number: main1, sub1, sub2.
            string role = name.Host.TrimEnd("0123456789".ToCharArray());
            var host = new KnownHost(name) { Attributes = new Dictionary<string, string> { ["role"] = role } };
            table.Hosts.Add(host);
            table.Add(role, host);
        }
        return ValueTask.FromResult(table);
    }
}
