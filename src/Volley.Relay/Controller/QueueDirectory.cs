namespace Volley.Relay.Controller;

/// <summary>The relays that serve the queues of a run.</summary>
internal sealed class QueueDirectory(RelayServer server)
{
    private volatile IReadOnlyList<RelayInfo> _relays = [];

    /// <summary>Returns how many relays served a queue when they were last looked at.</summary>
    public int CountRelays(string queue) => Serving(queue).Count();

    /// <summary>Checks that relays serve queues, and that all of them understand this controller.</summary>
    /// <exception cref="RelayException">No relay serves a queue, or one has another version of the protocol; or the server does not answer.</exception>
    public async Task CheckAsync(IEnumerable<string> queues, CancellationToken cancellationToken)
    {
        await RefreshAsync(cancellationToken).ConfigureAwait(false);
        foreach (var queue in queues)
        {
            if (_relays.FirstOrDefault(relay => relay.Queues.Contains(queue) && !relay.IsCompatible) is { } other)
            {
                throw new RelayException(
                    $"relay {other.Name} runs version {other.Version}, which does not work together with this one; install the same version at both");
            }

            if (!Serving(queue).Any())
            {
                var others = _relays.Count == 0 ? "no relay is running there" : $"the relays there are {string.Join(", ", _relays.Select(relay => relay.Name).Distinct())}";
                throw new RelayException($"no relay of {RelayQueues.Describe(queue)} is running: {others}; start one, or name another group");
            }
        }
    }

    /// <summary>Looks at the relays again.</summary>
    /// <exception cref="RelayException">The server does not answer.</exception>
    public async Task RefreshAsync(CancellationToken cancellationToken) =>
        _relays = await RelayDirectory.ListAsync(server, cancellationToken).ConfigureAwait(false);

    private IEnumerable<RelayInfo> Serving(string queue) => _relays.Where(relay => !relay.IsDraining && relay.IsCompatible && relay.Queues.Contains(queue));
}
