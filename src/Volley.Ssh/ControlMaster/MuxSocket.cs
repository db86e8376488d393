using System.Net.Sockets;
using System.Text;
using Volley.Interop.Text;
using Volley.Ssh.Net;
using Volley.Ssh.Wire;

namespace Volley.Ssh.ControlMaster;

/// <summary>
/// A connection to an OpenSSH control socket, and the messages that both sides exchange first (OpenSSH's PROTOCOL.mux, sections 1 and
/// 10). Each message is a frame: a uint32 length and the bytes.
/// </summary>
internal sealed class MuxSocket : IDisposable
{
    private const uint Hello = 0x00000001;
    private const uint PermissionDenied = 0x80000002;
    private const uint Failure = 0x80000003;
    private const uint ProtocolVersion = 4;
    private const uint RequestId = 1;

    private MuxSocket(SocketStream stream)
    {
        Stream = stream;
        Frames = new(stream);
    }

    public SocketStream Stream { get; }

    public FrameReader Frames { get; }

    /// <summary>Connects, exchanges hellos and sends one request, within a time limit.</summary>
    /// <param name="path">The control socket.</param>
    /// <param name="request">The number of the request. Its body is a request id.</param>
    /// <param name="reply">The number of the expected reply.</param>
    /// <param name="limit">The time limit for everything.</param>
    /// <param name="time">The clock of the limit.</param>
    /// <param name="connector">Connects the socket.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="endIsAnswer">Whether a master that ends before it replies has done what was requested.</param>
    /// <returns>The connection, and the field after the reply's request id, if there is one.</returns>
    public static async Task<(MuxSocket Socket, uint? Value)> AskAsync(
        string path, uint request, uint reply, TimeSpan limit, TimeProvider time, ISocketConnector connector,
        CancellationToken cancellationToken, bool endIsAnswer = false)
    {
        using var clock = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(clock.Token, cancellationToken);
        MuxSocket? mux = null;
        try
        {
            mux = new(await connector.ConnectAsync(GetEndPoint(path), cancellationToken: either.Token).ConfigureAwait(false));
            if (mux.Stream.OtherPeer is { } user)
                throw new SshControlMasterException(
                    SshControlMasterFailure.OtherUser, $"{path}: this control socket is served by another user (number {user})");
            // Sent in one write, because the request need not wait for the master's hello.
            await mux.WriteAsync(path, Greeting(request), either.Token).ConfigureAwait(false);
            CheckHello(path, await mux.ReadAsync(path, either.Token).ConfigureAwait(false));
            try
            {
                return (mux, ReadReply(path, reply, (await mux.ReadAsync(path, either.Token).ConfigureAwait(false)).Span));
            }
            catch (SshControlMasterException e) when (endIsAnswer && e.Failure is SshControlMasterFailure.Ended)
            {
                return (mux, null);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            mux?.Dispose();
            throw new SshControlMasterException(
                SshControlMasterFailure.NoAnswer, $"{path}: the control master does not answer within {limit.TotalSeconds:0.###} s");
        }
        catch (SocketException e)
        {
            mux?.Dispose();
            throw Unusable(path, e);
        }
        catch
        {
            mux?.Dispose();
            throw;
        }
    }

    public void Dispose() => Stream.Dispose();

    private static UnixDomainSocketEndPoint GetEndPoint(string path) => new(SystemFile.Reach(path));

    private static SshControlMasterException Unusable(string path, SocketException e) => e.SocketErrorCode switch
    {
        // A missing file or directory is reported as AddressNotAvailable.
        SocketError.AddressNotAvailable => new(SshControlMasterFailure.NoSocket, $"{path}: no such control socket", e),
        SocketError.ConnectionRefused => new(SshControlMasterFailure.Stale, $"{path}: no process listens on this control socket", e),
        SocketError.AccessDenied => new(SshControlMasterFailure.NoAccess, $"{path}: this control socket may not be used", e),
        // The master's connection backlog is full.
        SocketError.WouldBlock => new(SshControlMasterFailure.NoAnswer, $"{path}: the control master is busy", e),
        _ => new(SshControlMasterFailure.NotAMaster, $"{path}: {e.Message}", e),
    };

    /// <summary>Returns the frames of the hello and of a request.</summary>
    private static byte[] Greeting(uint request)
    {
        var frames = SshWriter.WithoutNumber();
        frames.WriteUInt32(2 * sizeof(uint));
        frames.WriteUInt32(Hello);
        frames.WriteUInt32(ProtocolVersion);
        frames.WriteUInt32(2 * sizeof(uint));
        frames.WriteUInt32(request);
        frames.WriteUInt32(RequestId);
        return frames.ToArray();
    }

    private async ValueTask WriteAsync(string path, byte[] frames, CancellationToken cancellationToken)
    {
        try
        {
            await Stream.WriteAsync(frames, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw Ended(path, e);
        }
    }

    private async ValueTask<ReadOnlyMemory<byte>> ReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            var message = await Frames.ReadAsync(cancellationToken).ConfigureAwait(false) ?? throw Ended(path);
            return message.Length >= 2 * sizeof(uint) ? message : throw NotAMux(path);
        }
        catch (SshException e)
        {
            throw e.Failure is SshFailure.ConnectionLost ? Ended(path, e) : NotAMux(path, e);
        }
        catch (IOException e)
        {
            throw Ended(path, e);
        }
    }

    /// <summary>Checks the master's hello. Extensions that follow the version are ignored.</summary>
    private static void CheckHello(string path, ReadOnlyMemory<byte> message)
    {
        var reader = new SshReader(message.Span, path);
        if (reader.ReadUInt32() != Hello || reader.ReadUInt32() != ProtocolVersion)
            throw NotAMux(path);
    }

    private static uint? ReadReply(string path, uint expected, ReadOnlySpan<byte> message)
    {
        var reader = new SshReader(message, path);
        var (number, requestId) = (reader.ReadUInt32(), reader.ReadUInt32());
        uint? value = reader.Rest.Length >= sizeof(uint) ? reader.ReadUInt32() : null;
        if (number is PermissionDenied or Failure && requestId == RequestId)
        {
            // The value is the length of the reason, which is the rest of the message.
            var reason = Encoding.UTF8.GetString(value is null ? [] : reader.Rest);
            throw new SshControlMasterException(SshControlMasterFailure.Refused,
                $"{path}: the control master refuses: {(reason.Length > 0 ? reason : number is Failure ? "failure" : "permission denied")}");
        }
        if (number != expected || requestId != RequestId)
            throw NotAMux(path);
        return value;
    }

    private static SshControlMasterException Ended(string path, Exception? inner = null) =>
        new(SshControlMasterFailure.Ended, $"{path}: the control master ended", inner);

    private static SshControlMasterException NotAMux(string path, Exception? inner = null) =>
        new(SshControlMasterFailure.NotAMaster, $"{path}: the peer is not an OpenSSH control master", inner);
}
