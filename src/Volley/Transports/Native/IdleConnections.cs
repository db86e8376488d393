using Volley.Transports.Processes;

namespace Volley.Transports.Native;

/// <summary>The unused connections, the one that has been idle longest first. The pool's lock guards them.</summary>
/// <param name="most">The largest number of connections; null for the default.</param>
internal sealed class IdleConnections(int? most)
{
    /// <summary>The default: enough for hosts that recur. Half of the file descriptor limit is left to connections in use.</summary>
    private static readonly int Default = (int)Math.Clamp(Libc.DescriptorLimit() / 2, 1, 256);

    private readonly int _most = most ?? Default;
    private readonly LinkedList<Connection> _order = [];
    private readonly Dictionary<Connection, LinkedListNode<Connection>> _places = [];

    /// <summary>Adds a connection, unless it is already present.</summary>
    /// <returns>The connection that has been idle longest, if there are too many now; else null.</returns>
    public Connection? Add(Connection connection)
    {
        if (!_places.ContainsKey(connection))
            _places[connection] = _order.AddLast(connection);
        return _order.Count > _most ? _order.First!.Value : null;
    }

    /// <summary>Removes a connection. Returns false if it is not present.</summary>
    public bool Take(Connection connection)
    {
        if (!_places.Remove(connection, out var place))
            return false;
        _order.Remove(place);
        return true;
    }

    public void Clear()
    {
        _order.Clear();
        _places.Clear();
    }
}
