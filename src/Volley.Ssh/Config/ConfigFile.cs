namespace Volley.Ssh.Config;

/// <summary>A parsed file: its blocks in order. The first has no condition.</summary>
/// <param name="Blocks">The blocks.</param>
internal sealed record ConfigFile(IReadOnlyList<ConfigBlock> Blocks)
{
    public static ConfigFile Empty { get; } = new([]);

    /// <summary>True if a line in it concerns hosts to which its block does not apply.</summary>
    public bool ConcernsEveryHost { get; } = Blocks.Any(block => block.ConcernsEveryHost);

    /// <summary>True if the configuration is to be read again with the resolved host name.</summary>
    public bool WantsFinalPass { get; } = Blocks.Any(block => block.WantsFinalPass);

    /// <summary>Reads the file for a host.</summary>
    /// <param name="host">The host.</param>
    /// <param name="applies">False if the file is included by a block that does not apply: then none of its blocks does.</param>
    public void Apply(HostDraft host, bool applies)
    {
        foreach (var block in Blocks)
            block.Apply(host, applies);
    }
}
