using System.Collections.ObjectModel;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Volley.Hosts.Parsing;

namespace Volley;

/// <summary>A host to run a job at, with the user and the port of the login.</summary>
/// <remarks>
/// A <see cref="RunPlan"/> holds a target for each entry, not for each host: a host that is listed twice is two targets. The plan gives its
/// targets their <see cref="Index"/>, and makes labels unique. Targets of a plan can be put into another plan.
/// </remarks>
/// <example>
/// <code>
/// Target[] targets = [new Target("web1"), new Target("web2") { Port = 2222 }, Target.Parse("root@web3:22")];
/// var plan = new RunPlan(targets, CommandJob.Shell("uptime"));
/// </code>
/// </example>
public sealed record Target
{
    private readonly string? _label;

    /// <summary>Creates a target for a host.</summary>
    /// <param name="host">The name or address of the host, an IPv6 address without brackets. <see cref="Parse"/> takes
    /// <c>user@host:port</c>.</param>
    /// <exception cref="ArgumentException">The host is empty, or has a NUL or an <c>@</c>.</exception>
    public Target(string host)
    {
        Host = Argument.Text(host, nameof(host));
        if (host.Contains('@', StringComparison.Ordinal))
            throw new ArgumentException("a host has no '@'; set User, or use Target.Parse", nameof(host));
    }

    /// <summary>The name or address of the host, an IPv6 address without brackets.</summary>
    /// <exception cref="ArgumentException">The value is empty or has a NUL.</exception>
    public string Host { get; init => field = Argument.Text(value, nameof(Host)); }

    /// <summary>The port, 1 to 65535, or null for the transport's default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not a port.</exception>
    public int? Port { get; init => field = Argument.Port(value, nameof(Port)); }

    /// <summary>The login name, or null for the transport's default.</summary>
    /// <exception cref="ArgumentException">The value is empty or has a NUL.</exception>
    public string? User { get; init => field = Argument.Optional(value, nameof(User)); }

    /// <summary>The address to connect to, or null for that of ssh_config, else the host itself. Settings of ssh_config still apply by the host.</summary>
    /// <exception cref="ArgumentException">The value is empty or has a NUL.</exception>
    public string? Address { get; init => field = Argument.Optional(value, nameof(Address)); }

    /// <summary>The jump hosts, as <c>ssh -J</c> takes them, <c>none</c> for no jump host, or null for the transport's default.</summary>
    /// <exception cref="ArgumentException">The value is empty or has a NUL.</exception>
    public string? ProxyJump { get; init => field = Argument.Optional(value, nameof(ProxyJump)); }

    /// <summary>The private key file to try first, or null for the transport's default.</summary>
    /// <exception cref="ArgumentException">The value is empty or has a NUL.</exception>
    public string? IdentityFile { get; init => field = Argument.Optional(value, nameof(IdentityFile)); }

    /// <summary>The attributes, such as <c>rack</c> and <c>role</c>, which the inventory states. They do not change how a job runs.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public IReadOnlyDictionary<string, string> Attributes
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value, nameof(Attributes));
            field = value;
        }
    } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>
    /// The name of this target in outputs; <see cref="Name"/> unless it is set. It is unique among the targets of a plan, in any case of
    /// letters: the plan appends <c>#2</c> and so on to a label that an earlier target has.
    /// </summary>
    /// <exception cref="ArgumentException">The value is empty.</exception>
    public string Label
    {
        get => _label ?? Name;
        init
        {
            ArgumentException.ThrowIfNullOrEmpty(value, nameof(Label));
            _label = value;
            LabelSet = 0;
        }
    }

    /// <summary>The host with user and port, as <see cref="Parse"/> takes it: <c>[user@]host[:port]</c>, an IPv6 address in brackets.</summary>
    public string Name => Format(User, Host, Port);

    /// <summary>The index in the plan, from 0, which is also the target's rank; -1 for a target that belongs to no plan or list.</summary>
    public int Index { get; internal init; } = -1;

    /// <summary>
    /// The number of the list that gave its targets their labels, or 0: labels of one list are unique. With a million targets this saves
    /// the plan a table of all labels.
    /// </summary>
    internal int LabelSet { get; init; }

    /// <summary>
    /// The connect timeout of a plan, which a transport applies unless its options or ssh_config set another one; null for
    /// <see cref="RunPlan.DefaultConnectTimeout"/>. The executor passes it on in this way; it is no part of the target.
    /// </summary>
    internal TimeSpan? ConnectTimeout { get; init; }

    /// <summary>Whether <see cref="Label"/> was set.</summary>
    internal bool HasLabel => _label is not null;

    /// <summary>Parses <c>[user@]host[:port]</c>, with an IPv6 address in brackets: <c>root@web1:22</c>, <c>[::1]:22</c>.</summary>
    /// <param name="text">The text. It names one host: <see cref="HostList.Parse"/> takes ranges, lists and files.</param>
    /// <returns>A target with the parts of the text.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="text"/> is null.</exception>
    /// <exception cref="HostListException">The text is not one host, or a part of it is invalid.</exception>
    public static Target Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return HostListParser.ParseOne(text);
    }

    /// <summary>Parses a host as <see cref="Parse"/> does, without an exception for an invalid one.</summary>
    /// <param name="text">The text, or null, which is no host.</param>
    /// <param name="target">Receives the target; null if the text is invalid.</param>
    /// <returns>Whether the text is one valid host.</returns>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out Target? target)
    {
        try
        {
            target = text is null ? null : Parse(text);
        }
        catch (HostListException)
        {
            target = null;
        }

        return target is not null;
    }

    /// <summary>Returns whether both are equal, and have the same dictionary of attributes.</summary>
    /// <param name="other">The target to compare with.</param>
    /// <returns>True if they are equal.</returns>
    public bool Equals(Target? other) => ReferenceEquals(this, other) || (other is not null
        && Index == other.Index && Host == other.Host && User == other.User && Port == other.Port && (_label == other._label || Label == other.Label)
        && Address == other.Address && ProxyJump == other.ProxyJump && IdentityFile == other.IdentityFile && Attributes == other.Attributes);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Index, Host, User, Port);

    /// <summary>Returns the label.</summary>
    /// <returns>The label.</returns>
    public override string ToString() => Label;

    /// <summary>Returns <c>[user@]host[:port]</c>, with an IPv6 address in brackets.</summary>
    internal static string Format(string? user, string host, int? port)
    {
        string bracketed = host.Contains(':') ? $"[{host}]" : host;
        if (user is null && port is null)
            return bracketed;
        string before = user is null ? "" : user + "@";
        string after = port is { } number ? string.Create(CultureInfo.InvariantCulture, $":{number}") : "";
        return string.Concat(before, bracketed, after);
    }
}
