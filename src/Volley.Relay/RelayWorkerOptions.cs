using System.Collections.Immutable;

namespace Volley.Relay;

/// <summary>What a relay is, which jobs it takes, and where it keeps its records.</summary>
public sealed record RelayWorkerOptions
{
    /// <summary>The default of <see cref="Capacity"/>.</summary>
    public const int DefaultCapacity = 256;

    /// <summary>The name, 1 to 60 letters, digits, <c>-</c> and <c>_</c>, by which users know it.</summary>
    public required string Name { get; init; }

    /// <summary>The group whose targets it serves: a name as <see cref="Name"/> is.</summary>
    public required string Group { get; init; }

    /// <summary>The labels whose targets it serves, too: names, and values that are names.</summary>
    public ImmutableSortedDictionary<string, string> Labels { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>The largest number of targets that it runs at once.</summary>
    public int Capacity { get; init; } = DefaultCapacity;

    /// <summary>The file of the signers whose jobs it runs, as ssh-keygen(1) describes it; null for none.</summary>
    public string? AllowedSignersFile { get; init; }

    /// <summary>Whether it runs jobs that are not signed.</summary>
    public bool IsInsecure { get; init; }

    /// <summary>Whether it runs commands of jobs as local processes.</summary>
    public bool AllowsExec { get; init; }

    /// <summary>The directory for what it must remember over a restart.</summary>
    public required string StateDirectory { get; init; }

    /// <summary>The file that receives a line for each target that it begins and ends; null for <c>audit-NAME.jsonl</c> in <see cref="StateDirectory"/>.</summary>
    public string? AuditLogFile { get; init; }

    /// <summary>The version of the program, for display.</summary>
    public string Version { get; init; } = "";

    internal string AuditLogPath => AuditLogFile ?? Path.Combine(StateDirectory, $"audit-{Name}.jsonl");

    /// <summary>The queues that it takes targets from.</summary>
    internal IEnumerable<string> Queues =>
        [Wire.RelayNames.GroupQueue(Group), .. Labels.Select(label => Wire.RelayNames.LabelQueue(label.Key, label.Value)), Wire.RelayNames.AllQueue];

    /// <exception cref="RelayException">A name is invalid, or a number is out of range.</exception>
    internal void Check()
    {
        foreach (var name in (string[])[Name, Group, .. Labels.Keys, .. Labels.Values])
        {
            if (!Wire.RelayNames.IsName(name))
                throw new RelayException($"'{name}' can't name a relay, a group or a label; write 1 to 60 letters, digits, '-' and '_'");
        }

        if (Capacity < 1)
            throw new RelayException("the capacity of a relay is at least 1");
    }
}
