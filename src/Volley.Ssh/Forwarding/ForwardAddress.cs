using System.Net;
using System.Net.Sockets;
using Volley.Ssh.Wire;

namespace Volley.Ssh.Forwarding;

/// <summary>An address at the peer's side: a TCP port, or the path of a Unix domain socket.</summary>
/// <param name="Name">The name or address of the host; the path of a Unix domain socket.</param>
/// <param name="Port">The port; -1 for a Unix domain socket.</param>
internal sealed record ForwardAddress(string Name, int Port)
{
    private const int NoPort = -1;

    public bool IsUnix => Port == NoPort;

    public static ForwardAddress Unix(string path) => new(path, NoPort);

    /// <summary>Returns the address of a destination.</summary>
    /// <exception cref="ArgumentException">The end point has another type, or is not one that can be connected to.</exception>
    public static ForwardAddress FromDestination(EndPoint endPoint, string parameter)
    {
        var address = From(endPoint, parameter);
        return address.Port != 0 ? address : throw new ArgumentException("the destination has no port, which is 1 to 65535", parameter);
    }

    /// <summary>Returns the address of an end point.</summary>
    /// <exception cref="ArgumentException">The end point has another type, or a NUL in its name.</exception>
    public static ForwardAddress From(EndPoint endPoint, string parameter) => endPoint switch
    {
        IPEndPoint address => new(address.Address.ToString(), address.Port),
        DnsEndPoint name => new(Argument.WithoutNul(name.Host, parameter), name.Port),
        UnixDomainSocketEndPoint socket => Unix(socket.ToString()),
        null => throw new ArgumentNullException(parameter),
        _ => throw new ArgumentException($"{endPoint.GetType().Name} is not supported: use IPEndPoint, DnsEndPoint or UnixDomainSocketEndPoint", parameter),
    };

    /// <summary>Returns the address as an end point of the same type as another one.</summary>
    public EndPoint ToEndPoint(EndPoint like) => like switch
    {
        IPEndPoint address => new IPEndPoint(address.Address, Port),
        DnsEndPoint name => new DnsEndPoint(name.Host, Port),
        _ => like,
    };

    /// <summary>Checks that the address fits into a message. The rest of any such message is far shorter.</summary>
    /// <exception cref="ArgumentException">The name or path is too long.</exception>
    public void CheckLength()
    {
        if (Name.Length > SshWriter.MaxMessage / 4)
            throw new ArgumentException("the address is longer than SSH servers take");
    }

    /// <summary>Writes the fields of a global request.</summary>
    public void Write(ref SshWriter message)
    {
        message.WriteText(Name);
        if (!IsUnix)
            message.WriteUInt32((uint)Port);
    }

    public override string ToString() => IsUnix ? Name : $"{Name} port {Port}";
}
