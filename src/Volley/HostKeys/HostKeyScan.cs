using Volley.Ssh;

namespace Volley;

/// <summary>The host keys of a target.</summary>
/// <param name="Target">The target.</param>
/// <param name="Keys">The keys; none if the target was not reached.</param>
/// <param name="Failure">Why the target was not reached; null if it was.</param>
public sealed record HostKeyScan(Target Target, IReadOnlyList<SshHostKey> Keys, string? Failure)
{
    /// <summary>Whether the known hosts have another key than the one that the target presents.</summary>
    public bool HasChanged => Keys.Any(key => key.Status == SshHostKeyStatus.Changed);

    /// <summary>Whether the known hosts have a key that the target presents.</summary>
    public bool IsKnown => Keys.Any(key => key.Status == SshHostKeyStatus.Known);

    internal SshHostSettings? Settings { get; init; }
}
