using System.Text;
using Volley.Ssh.Forwarding;
using Volley.Ssh.Wire;

namespace Volley.Ssh;

/// <content>The channels that the peer opens. Only those that this side has asked for are accepted.</content>
public sealed partial class SshConnection
{
    /// <summary>A peer that opens channels of more types is reported no further.</summary>
    private const int MaxReportedTypes = 8;

    // The channels that the peer may open. Requires the lock.
    private readonly List<IncomingChannels> _listeners = [];
    // The types of refused channels that were reported. Only the receiver uses it.
    private readonly List<string> _reportedTypes = [];
    private readonly Action<string>? _onChannelRefused;

    private void OnOpen(ref SshReader reader)
    {
        var type = Encoding.ASCII.GetString(reader.ReadString());
        var (peerNumber, peerWindow, peerMaxPacket) = (reader.ReadUInt32(), reader.ReadUInt32(), reader.ReadUInt32());
        if (FindListener(type, ref reader) is not { } listener)
        {
            Refuse(peerNumber, OpenFailureReason.AdministrativelyProhibited, "no channels from this side");
            ReportRefused(type);
        }
        else if (listener.IsFull || AcceptChannel(listener) is not { } channel)
            Refuse(peerNumber, OpenFailureReason.ResourceShortage, "too many channels");
        else
        {
            // Before another thread can write on the channel.
            Post(channel.Accept(peerNumber, peerWindow, peerMaxPacket), isAnswer: true);
            listener.Add(channel);
        }
    }

    private IncomingChannels? FindListener(string type, ref SshReader reader)
    {
        lock (_lock)
        {
            if (!_listeners.Exists(listener => listener.Type == type))
                return null;
            if (type == IncomingChannels.Agent)
                return _listeners.FindLast(listener => listener.Type == type);
            var address = type == IncomingChannels.Unix
                ? ForwardAddress.Unix(reader.ReadText())
                : new ForwardAddress(reader.ReadText(), (int)Math.Min(reader.ReadUInt32(), ushort.MaxValue));
            // Servers return the address as it was requested or as they have resolved it, so the port alone must do if it is unambiguous.
            return _listeners.Find(listener => listener.Type == type && listener.Address == address)
                ?? (address.IsUnix ? null : _listeners.Find(listener => listener.Type == type && listener.Address.Port == address.Port));
        }
    }

    /// <summary>Adds a channel that the peer opens; null if there is no memory for its window, or the connection has ended.</summary>
    private SshChannel? AcceptChannel(IncomingChannels listener)
    {
        if (_budget.TryTakeFirst() is not (> 0 and var window))
            return null;
        lock (_lock)
        {
            if (!_over)
                return AddChannel(window, listener.Kind);
        }
        _budget.Release(window);
        return null;
    }

    private void ReportRefused(string type)
    {
        if (_onChannelRefused is null || _reportedTypes.Count >= MaxReportedTypes || _reportedTypes.Contains(type))
            return;
        _reportedTypes.Add(type);
        _onChannelRefused(type);
    }

    private void Refuse(uint peerNumber, uint reason, string text)
    {
        var message = new SshWriter(MessageNumber.ChannelOpenFailure);
        message.WriteUInt32(peerNumber);
        message.WriteUInt32(reason);
        message.WriteText(text);
        message.WriteText("");
        Post(message.Finish(), isAnswer: true);
    }
}
