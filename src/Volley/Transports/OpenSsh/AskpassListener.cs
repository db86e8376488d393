using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using Volley.Transports.OpenSsh.Masters;

namespace Volley.Transports.OpenSsh;

/// <summary>
/// Answers the askpass programs of one ssh and of those that it starts for jump hosts: each login's password once, so that a
/// wrong one is not tried again, and nothing else. Its socket has a name that nobody can guess, in a folder that is this
/// user's alone, and is gone once the ssh is connected.
/// </summary>
internal sealed class AskpassListener : IDisposable
{
    private const int LongestPrompt = 4096;
    private const int SocketLevel = 1;      // SOL_SOCKET
    private const int PeerCredentials = 17; // SO_PEERCRED

    /// <summary>Askpass sends its prompt at once.</summary>
    private static readonly TimeSpan PromptLimit = TimeSpan.FromSeconds(5);

    private readonly SshPassword _password;
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly HashSet<string> _answered = [];

    public AskpassListener(SshPassword password, MasterFolder folder)
    {
        _password = password;
        Path = folder.NewAskpassSocket();
        try
        {
            // Under its own name only once it is served: one that nobody serves is what a crash leaves.
            var made = Path + ".new";
            _socket.Bind(new UnixDomainSocketEndPoint(made));
            // (There is no such folder on Windows.)
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(made, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            _socket.Listen();
            File.Move(made, Path);
        }
        catch
        {
            Dispose();
            throw;
        }

        _ = AcceptAsync();
    }

    /// <summary>The path of the socket.</summary>
    public string Path { get; }

    public void Dispose()
    {
        _socket.Dispose();
        File.Delete(Path);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = AnswerAsync(await _socket.AcceptAsync().ConfigureAwait(false));
        }
        catch (Exception over) when (over is SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private async Task AnswerAsync(Socket asker)
    {
        using (asker)
        {
            try
            {
                using var limit = new CancellationTokenSource(PromptLimit);
                if (IsThisUser(asker) && AskpassPrompt.LoginOf(await ReadAsync(asker, limit.Token).ConfigureAwait(false)) is { } login && IsFirst(login))
                    await asker.SendAsync(_password.Bytes, SocketFlags.None, limit.Token).ConfigureAwait(false);
            }
            catch (Exception gone) when (gone is SocketException or OperationCanceledException)
            {
                // It gets no password, which is an answer.
            }
        }
    }

    private bool IsFirst(string login)
    {
        lock (_answered)
            return _answered.Add(login);
    }

    private static async Task<string> ReadAsync(Socket asker, CancellationToken cancellationToken)
    {
        var prompt = new byte[LongestPrompt];
        var length = 0;
        while (length < prompt.Length)
        {
            var count = await asker.ReceiveAsync(prompt.AsMemory(length), cancellationToken).ConfigureAwait(false);
            if (count == 0)
                break;
            length += count;
        }

        return Encoding.UTF8.GetString(prompt, 0, length);
    }

    private static bool IsThisUser(Socket asker)
    {
        // struct ucred: pid, uid, gid.
        Span<byte> credentials = stackalloc byte[12];
        return asker.GetRawSocketOption(SocketLevel, PeerCredentials, credentials) == credentials.Length
            && BinaryPrimitives.ReadUInt32LittleEndian(credentials[4..]) == FileSystem.CurrentUser();
    }
}
