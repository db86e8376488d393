using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using Volley.Ssh.Config;
using Volley.Transports.OpenSsh.Masters;

namespace Volley.Transports.OpenSsh;

/// <summary>
/// Answers the askpass programs of one ssh and of those that it starts for jump hosts: with the password, once for each login
/// that asks for one and has not refused it, and to nothing else. Its socket has a random name, in a directory of this user's
/// alone, and is gone once the ssh is connected.
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
    private readonly CancellationTokenSource _ended = new();
    private readonly string[] _ownLogins;
    private readonly PasswordAttempt? _own;
    private readonly TaskCompletionSource<string> _unanswered = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="password">The password.</param>
    /// <param name="folder">Where the socket goes.</param>
    /// <param name="settings">What is configured for the host that the ssh connects to; null if that is not known.</param>
    public AskpassListener(SshPassword password, MasterFolder folder, SshHostSettings? settings)
    {
        _password = password;
        _ownLogins = settings is null ? [] : AskpassPrompt.LoginsOf(settings);
        _own = settings is null ? null : new PasswordAttempt(password.UseAt(PasswordUse.NameOf(settings)));
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

    /// <summary>Whether the host that the ssh connects to has refused the password already.</summary>
    public bool IsOwnRefused => _own is { IsRefused: true };

    /// <summary>
    /// Completes with the reason when the host does not get a password that it asks for. The ssh is to be ended then: it would go on
    /// with an empty password, which counts as one more failed login, or wait for an answer.
    /// </summary>
    public Task<string> Unanswered => _unanswered.Task;

    /// <summary>Notes that the ssh is connected.</summary>
    public void Accept() => _own?.Accept();

    /// <summary>Notes which logins on the way have refused the password, by what the ssh and those that it started have said.</summary>
    public void Refuse(string messages)
    {
        foreach (var line in messages.Split('\n'))
        {
            lock (_answered)
            {
                if (_answered.FirstOrDefault(login => line.StartsWith($"{login}: Permission denied (", StringComparison.OrdinalIgnoreCase)) is { } login)
                    _password.UseAt(login).Refuse();
            }
        }
    }

    public void Dispose()
    {
        _ended.Cancel();
        _ended.Dispose();
        _own?.Dispose();
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
                if (!IsThisUser(asker))
                    return;
                var prompt = await ReadAsync(asker, limit.Token).ConfigureAwait(false);
                if (AskpassPrompt.LoginOf(prompt) is { } login && await MaySendAsync(login).ConfigureAwait(false))
                    await asker.SendAsync(_password.Bytes, SocketFlags.None, _ended.Token).ConfigureAwait(false);
                else if (AskpassPrompt.AsksForChange(prompt))
                    await HoldAsync("the password must be changed").ConfigureAwait(false);
                else if (AskpassPrompt.LoginOf(prompt) is { } refusing && IsOwn(refusing))
                    await HoldAsync("the host has refused the password, which is not sent again").ConfigureAwait(false);
            }
            catch (Exception gone) when (gone is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // It gets no password, which is an answer.
            }
        }
    }

    private async Task HoldAsync(string reason)
    {
        _unanswered.TrySetResult(reason);
        await Task.Delay(Timeout.InfiniteTimeSpan, _ended.Token).ConfigureAwait(false);
    }

    private bool IsOwn(string login) => _ownLogins.Contains(login, StringComparer.OrdinalIgnoreCase);

    private async ValueTask<bool> MaySendAsync(string login)
    {
        lock (_answered)
        {
            if (!_answered.Add(login))
                return false;
        }

        // Whether a jump host has accepted the password can't be told while the ssh goes on, so only a known refusal counts there.
        return IsOwn(login)
            ? await _own!.MaySendAsync(_ended.Token).ConfigureAwait(false)
            : !_password.UseAt(login).IsRefused;
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
