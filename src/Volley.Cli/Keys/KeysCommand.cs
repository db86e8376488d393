using Volley.Cli.Options;
using Volley.Cli.Output;
using Volley.Cli.Selection;
using Volley.Cli.Terminal;
using Volley.Inventory;
using Volley.Ssh;

namespace Volley.Cli.Keys;

/// <summary>The commands <c>volley keys scan</c>, <c>pin</c>, <c>changed</c> and <c>remove</c>: host keys and their entries in known_hosts.</summary>
/// <param name="request">The request.</param>
/// <param name="environment">The environment of the program.</param>
/// <param name="writer">The destination.</param>
internal sealed class KeysCommand(KeysRequest request, ProgramEnvironment environment, TerminalWriter writer)
{
    private readonly List<(string Host, string Type, string Fingerprint, string State)> _rows = [];
    private bool _hasFailed;

    /// <summary>Runs the command. Returns 1 if a host was not reached, or needs a decision.</summary>
    /// <exception cref="UsageException">The options are inconsistent.</exception>
    /// <exception cref="HostListException">A host expression is invalid.</exception>
    /// <exception cref="HostSourceException">A source of groups can't be read.</exception>
    /// <exception cref="EmptySelectionException">No host is left.</exception>
    /// <exception cref="IOException">A known_hosts file can't be written.</exception>
    public async Task<int> RunAsync()
    {
        var options = request.Options;
        SettingsResolver.CheckHosts(options, environment);
        options.Hosts.CheckFiles();
        var ssh = options.Connections.Ssh(options.Hosts, options.Job.ConnectTimeout.Value);
        SshOptionErrors.Check(ssh);
        var targets = await new TargetSelection(options, request.Sources, environment, line => writer.PrintErr(line)).SelectAsync();
        await using var scanner = new HostKeyScanner(ssh, options.Job.Parallel.Value ?? new RunPlan(targets, new PingJob()).MaxConcurrency);
        if (request.Verb == KeysVerb.Remove && options.Choice.Yes.IsGiven)
            await RemoveAllAsync(scanner, targets);
        else
            Handle(await scanner.ScanAsync(targets));
        Print();
        return _hasFailed ? ExitCodes.Failure : 0;
    }

    private void Handle(IReadOnlyList<HostKeyScan> scans)
    {
        foreach (var scan in scans)
        {
            if (scan.Failure is { } failure)
                Fail(scan, request.Verb == KeysVerb.Remove ? $"{failure}; its keys may still be right; to remove them: --yes" : failure);
            else if (request.Verb == KeysVerb.Pin)
                Pin(scan);
            else if (request.Verb == KeysVerb.Remove)
                RemoveStale(scan);
            else
                Show(scan);
        }
    }

    private void Show(HostKeyScan scan)
    {
        var isForChanged = request.Verb == KeysVerb.Changed;
        _hasFailed |= isForChanged && scan.HasChanged;
        foreach (var key in scan.Keys.Where(key => !isForChanged || key.Status == SshHostKeyStatus.Changed))
            Add(scan, key, key.Place is { } place && key.Status == SshHostKeyStatus.Changed ? $"changed ({place})" : Describe(key.Status));
    }

    private void Pin(HostKeyScan scan)
    {
        if (scan.Keys.FirstOrDefault(key => key.Status == SshHostKeyStatus.Changed) is { } changed)
        {
            Fail(
                scan,
                $"its {changed.DisplayType} host key changed ({changed.Place}); if that is expected: volley keys remove -H {scan.Target.Name}");
            return;
        }

        // Recorded keys prove who the host is; its other types are added only by those who know it anew.
        var isPinned = !scan.IsKnown && HostKeyScanner.Record(scan) is not null;
        foreach (var key in scan.Keys.Where(key => isPinned || key.Status == SshHostKeyStatus.Known))
            Add(scan, key, isPinned ? "pinned" : "known");
    }

    private void RemoveStale(HostKeyScan scan)
    {
        AddRemoved(scan.Target, HostKeyScanner.RemoveStale(scan));
        if (scan.Keys.FirstOrDefault(key => key.Status == SshHostKeyStatus.Known) is { } works)
            Fail(scan, $"its {works.DisplayType} host key {works.Fingerprint} is right, and stays; to remove it, too: --yes");
    }

    private async Task RemoveAllAsync(HostKeyScanner scanner, IEnumerable<Target> targets)
    {
        foreach (var target in targets)
        {
            try
            {
                AddRemoved(target, await scanner.RemoveAllAsync(target));
            }
            catch (TransportException failure)
            {
                _hasFailed = true;
                writer.PrintErr($"volley: {target.Label}: {Remedies.GetMessage(failure)}");
            }
        }
    }

    private void AddRemoved(Target target, IReadOnlyList<string> fingerprints) =>
        _rows.AddRange(fingerprints.Select(fingerprint => (target.Name, "-", fingerprint, "removed")));

    private void Add(HostKeyScan scan, SshHostKey key, string state) =>
        _rows.Add((scan.Target.Name, key.DisplayType, key.Fingerprint, state));

    private void Fail(HostKeyScan scan, string message)
    {
        _hasFailed = true;
        writer.PrintErr($"volley: {scan.Target.Label}: {message}");
    }

    /// <summary>Prints a line for each distinct key, with the hosts folded: a table on a terminal, else fields separated by tabs.</summary>
    private void Print()
    {
        var rows = _rows.GroupBy(row => (row.Type, row.Fingerprint, row.State))
            .Select(group => new[] { HostList.Fold(group.Select(row => row.Host)), group.Key.Type, group.Key.Fingerprint, group.Key.State })
            .ToList();
        if (rows.Count == 0)
            return;
        writer.PrintOut(writer.StdoutIsTerminal
            ? TextTable.Format([["HOSTS", "TYPE", "FINGERPRINT", "STATE"], .. rows.Select(row => row.Select(cell => SafeText.Escape(cell)).ToArray())])
            : string.Join('\n', rows.Select(row => string.Join('\t', row))));
        writer.Flush();
    }

    private static string Describe(SshHostKeyStatus status) => status switch
    {
        SshHostKeyStatus.Known => "known",
        SshHostKeyStatus.Changed => "changed",
        _ => "new",
    };
}
