using Volley.Transports;
using Volley.Transports.Inline;

namespace Volley.Elevation;

/// <summary>What all elevated commands of a run share.</summary>
/// <param name="inner">The transport that connects.</param>
/// <param name="settings">The user, and how commands become that user.</param>
/// <param name="hostKeys">Knows the hosts whose changed key was accepted; null if the transport has no host keys.</param>
/// <param name="time">The clock.</param>
internal sealed class ElevationRun(WrappedTransport inner, ElevationSettings settings, HostKeyNotices? hostKeys, TimeProvider time)
{
    public WrappedTransport Inner => inner;

    public ElevationSettings Settings => settings;

    public TimeProvider Time => time;

    /// <summary>Composes the command lines.</summary>
    public ElevationCommand Command { get; } = new(settings);

    /// <summary>The trial of the password at one target.</summary>
    public PasswordTrial Trial { get; } = new();

    /// <summary>Whether the target is one whose changed host key was accepted.</summary>
    public bool HasChangedKey(Target target) => hostKeys is not null && hostKeys.HasChanged(target);
}
