using System.Collections.ObjectModel;

namespace Volley.Inventory;

/// <summary>A host, and what a source states about it.</summary>
/// <param name="Name">The name by which the host is selected, with the user and the port to log in with.</param>
public sealed record KnownHost(Target Name)
{
    /// <summary>The name of the attribute, and of the key of a cluster, for the relays that run commands at a host.</summary>
    public const string RelayAttribute = "relay";

    /// <summary>The address to connect to, or null for the host of <see cref="Name"/>.</summary>
    public string? Address { get; init; }

    /// <summary>The jump hosts, as <c>ssh -J</c> takes them, an empty text for none, or null if the source states nothing.</summary>
    public string? Jump { get; init; }

    /// <summary>The private key file, or null if the source states none.</summary>
    public string? Identity { get; init; }

    /// <summary>The attributes, such as <c>rack</c> and <c>role</c>. An attribute without a value has an empty one. Names are case-sensitive.</summary>
    public IReadOnlyDictionary<string, string> Attributes { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>The source and the group that selected the host, or null for a host that was named.</summary>
    public HostOrigin? Origin { get; init; }

    /// <summary>The user of <see cref="Name"/> if the source states it, or null if there is none or the expression states it.</summary>
    public string? SourceUser { get; init; }

    /// <summary>The port of <see cref="Name"/> if the source states it, or null if there is none or the expression states it.</summary>
    public int? SourcePort { get; init; }

    /// <summary>Returns the name as an expression.</summary>
    public override string ToString() => Name.Name;

    /// <summary>Returns this host with the details of another entry of the same host, if this one has none.</summary>
    internal KnownHost WithDetailsOf(KnownHost other) =>
        Origin is null && other.Origin is not null ? other with { Name = Name, SourceUser = null, SourcePort = null } : this;
}
