using Volley.Transports.Processes;

namespace Volley.Transports.Native;

/// <summary>Connections that nobody uses at the moment, in the order in which they came to rest. Guarded by the pool.</summary>
/// <param name="most">How many there may be; null for as many as are useful in any case.</param>
internal sealed class IdleConnections(int? most)
{
    /// <summary>So many are enough for hosts that come again. Half of the descriptors that we may have are for what is in use.</summary>
    private static readonly int Default = (int)Math.Clamp(Libc.DescriptorLimit() / 2, 1, 256);

    private readonly int _most = most ?? Default;
    private readonly LinkedList<Connection> _order = [];
    private readonly Dictionary<Connection, LinkedListNode<Connection>> _places = [];

    /// <summary>Adds a connection, if it is not among them.</summary>
    /// <returns>The one that has rested longest, where there are too many now.</returns>
    public Connection? Add(Connection connection)
    {
        if (!_places.ContainsKey(connection))
            _places[connection] = _order.AddLast(connection);
        return _order.Count > _most ? _order.First!.Value : null;
    }

    /// <summary>Takes a connection away; false if it is not among them.</summary>
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
