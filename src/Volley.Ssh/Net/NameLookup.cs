using System.Net;
using System.Net.Sockets;
using Volley.Interop.Blocking;

namespace Volley.Ssh.Net;

/// <summary>Looks up the addresses of host names. Concurrent callers that look up the same name share the query.</summary>
internal sealed class NameLookup
{
    private readonly BlockingWork _work;
    private readonly Func<string, AddressFamily, IPAddress[]> _resolve;
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Name, AddressFamily Family), Query> _queries = [];

    /// <summary>Creates a look-up.</summary>
    /// <param name="work">Runs the queries.</param>
    /// <param name="resolve">Queries the resolver. It blocks until the resolver answers.</param>
    internal NameLookup(BlockingWork work, Func<string, AddressFamily, IPAddress[]> resolve) => (_work, _resolve) = (work, resolve);

    /// <summary>The look-up with the system's resolver.</summary>
#pragma warning disable RS0030 // It runs on a thread that may block.
    public static NameLookup System { get; } = new(BlockingWork.Names, Dns.GetHostAddresses);
#pragma warning restore RS0030

    /// <summary>Looks up a name.</summary>
    /// <exception cref="SocketException">The name does not exist, or the resolver failed.</exception>
    /// <exception cref="ArgumentException">The name is invalid.</exception>
    /// <exception cref="BlockedException">The token fired.</exception>
    public async Task<IPAddress[]> GetAddressesAsync(string name, AddressFamily family, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var query = Join((name, family));
        try
        {
            return await query.Call.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw new BlockedException($"looking up {name}", cancellationToken);
        }
        finally
        {
            Leave((name, family), query);
        }
    }

    private Query Join((string Name, AddressFamily Family) key)
    {
        lock (_lock)
        {
            // Answers are not cached: the next caller starts a new query.
            if (!_queries.TryGetValue(key, out var query) || query.Call.Task.IsCompleted)
                _queries[key] = query = new(_work.Start(() => _resolve(key.Name, key.Family)));
            query.Callers++;
            return query;
        }
    }

    private void Leave((string Name, AddressFamily Family) key, Query query)
    {
        lock (_lock)
        {
            // A running query continues, and is available to the next caller.
            if (--query.Callers == 0 && (query.Call.Task.IsCompleted || query.Call.TryDrop()) && _queries.GetValueOrDefault(key) == query)
                _queries.Remove(key);
        }
    }

    private sealed class Query(BlockingCall<IPAddress[]> call)
    {
        public BlockingCall<IPAddress[]> Call { get; } = call;

        public int Callers { get; set; }
    }
}
