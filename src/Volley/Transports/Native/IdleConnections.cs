namespace Volley.Transports.Native;

/// <summary>The unused connections, the one that has been idle longest first. The pool's lock guards them.</summary>
/// <param name="most">The largest number of connections.</param>
internal sealed class IdleConnections(int most)
{
    private const int Enough = 256;

    private readonly LinkedList<Connection> _order = [];
    private readonly Dictionary<Connection, LinkedListNode<Connection>> _places = [];

    /// <summary>Returns the default number: enough for hosts that recur. Half of the file descriptor limit is left to connections in use.</summary>
    /// <param name="openFiles">The limit on open files.</param>
    public static int Most(ulong openFiles) => (int)Math.Clamp(openFiles / 2, 1, Enough);

    /// <summary>Adds a connection, unless it is already present.</summary>
    /// <returns>The connection that has been idle longest, if there are too many now; else null.</returns>
    public Connection? Add(Connection connection)
    {
        if (!_places.ContainsKey(connection))
            _places[connection] = _order.AddLast(connection);
        return _order.Count > most ? _order.First!.Value : null;
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
