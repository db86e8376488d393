namespace Volley.Cli.Pdsh.Hosts;

/// <summary>An entry of the target list.</summary>
/// <param name="Name">The host name, which can contain brackets to expand.</param>
internal sealed record PdshHost(string Name)
{
    /// <summary>The login name; null for that of <c>-l</c>.</summary>
    public string? User { get; init; }

    /// <summary>The rcmd type; null for that of <c>-R</c>.</summary>
    public string? RcmdType { get; init; }

    public int? Port { get; init; }
}
