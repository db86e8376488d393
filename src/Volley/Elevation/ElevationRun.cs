using Volley.Transports.Inline;

namespace Volley.Elevation;

/// <summary>What all elevated commands of a run share.</summary>
/// <param name="inner">The transport that connects.</param>
/// <param name="settings">The user, and how commands become that user.</param>
/// <param name="ssh">The options of the transport; null if it does not use SSH.</param>
/// <param name="time">The clock.</param>
internal sealed class ElevationRun(WrappedTransport inner, ElevationSettings settings, SshOptions? ssh, TimeProvider time)
{
    /// <summary>The only user who can use a socket of another one.</summary>
    private const string Root = "root";

    public WrappedTransport Inner => inner;

    public ElevationSettings Settings => settings;

    public TimeProvider Time => time;

    /// <summary>Composes the command lines.</summary>
    public ElevationCommand Command { get; } = new(settings, ssh is { ForwardAgent: true } && settings.User == Root);

    /// <summary>The trial of the password at one target.</summary>
    public PasswordTrial Trial { get; } = new();

    /// <summary>Whether the target is one whose changed host key was accepted.</summary>
    public bool HasChangedKey(Target target) => ssh is not null && ssh.HostKeys.HasChanged(target);
}
