namespace Volley.Cli.Pdsh.Hosts;

/// <summary>One entry of the target list.</summary>
/// <param name="Name">The host; brackets of it may still have to be expanded.</param>
internal sealed record PdshHost(string Name)
{
    /// <summary>The login name, or null for the one of <c>-l</c>.</summary>
    public string? User { get; init; }

    /// <summary>How it is reached, or null for the way of <c>-R</c>.</summary>
    public string? RcmdType { get; init; }

    public int? Port { get; init; }
}
