using Volley.Ssh.Config.Keywords;

namespace Volley.Ssh.Config.Resolving;

/// <summary>A parsed file: its blocks, in order. The first block has no condition.</summary>
/// <param name="Blocks">The blocks.</param>
internal sealed record ConfigFile(IReadOnlyList<ConfigBlock> Blocks)
{
    public static ConfigFile Empty { get; } = new([]);

    /// <summary>Whether a line affects also hosts to which its block does not apply.</summary>
    public bool ConcernsEveryHost { get; } = Blocks.Any(block => block.ConcernsEveryHost);

    /// <summary>Whether the configuration must be read a second time with the resolved host name (Match final).</summary>
    public bool WantsFinalPass { get; } = Blocks.Any(block => block.WantsFinalPass);

    /// <summary>Applies the file to a host.</summary>
    /// <param name="host">The host.</param>
    /// <param name="applies">False if a block that does not apply includes the file: none of its blocks applies then.</param>
    public void Apply(HostDraft host, bool applies)
    {
        foreach (var block in Blocks)
            block.Apply(host, applies);
    }
}
