using System.Net.Sockets;
using System.Text;
using Volley.Interop;
using Volley.Ssh;
using Volley.Transports.OpenSsh.Masters;

namespace Volley.Transports.OpenSsh.Prompts;

/// <summary>
/// Answers the askpass programs of one ssh and of those that it starts for jump hosts. It sends the password once to each login that
/// asks for one and has not refused it, and answers no other prompt. Its socket has a random name in a private directory, and is
/// removed once the ssh is connected.
/// </summary>
internal sealed class AskpassListener : IDisposable
{
    private const int MaxPromptLength = 4096;

    /// <summary>The time limit for a prompt. Askpass sends it immediately.</summary>
    private static readonly TimeSpan PromptLimit = TimeSpan.FromSeconds(5);

    private readonly SshPassword _password;
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly HashSet<string> _answered = [];
    private readonly CancellationTokenSource _ended = new();
    private readonly string[] _ownLogins;
    private readonly PasswordAttempt? _own;
    private readonly TaskCompletionSource<string> _unanswered = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Creates the socket and begins to answer.</summary>
    /// <param name="password">The password.</param>
    /// <param name="directory">The directory of the socket.</param>
    /// <param name="settings">The settings of the host that the ssh connects to; null if unknown.</param>
    public AskpassListener(SshPassword password, MasterDirectory directory, SshHostSettings? settings)
    {
        _password = password;
        _ownLogins = settings is null ? [] : AskpassPrompt.GetLogins(settings);
        _own = settings is null ? null : new PasswordAttempt(password.UseAt(PasswordUse.GetName(settings)));
        Path = directory.CreateAskpassPath();
        try
        {
            // The socket gets its final name only once it is served, because an unserved socket counts as left by a crash.
            var made = Path + ".new";
            _socket.Bind(new UnixDomainSocketEndPoint(made));
            // There is no such directory on Windows.
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

    /// <summary>Whether the host that the ssh connects to has already refused the password.</summary>
    public bool IsOwnRefused => _own is { IsRefused: true };

    /// <summary>
    /// A task that completes, with the reason, when the host asks for a password that it must not get. The caller then ends the ssh, which
    /// would continue with an empty password, and so count as one more failed login, or wait for an answer.
    /// </summary>
    public Task<string> Unanswered => _unanswered.Task;

    /// <summary>Records that the ssh is connected.</summary>
    public void Accept() => _own?.Accept();

    /// <summary>Records which logins on the route have refused the password, according to the messages of the ssh processes.</summary>
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
                if (AskpassPrompt.ParseLogin(prompt) is { } login && await MaySendAsync(login).ConfigureAwait(false))
                    await asker.SendAsync(_password.Bytes, SocketFlags.None, _ended.Token).ConfigureAwait(false);
                else if (AskpassPrompt.AsksForChange(prompt))
                    await HoldAsync("the password must be changed").ConfigureAwait(false);
                else if (AskpassPrompt.ParseLogin(prompt) is { } refusing && IsOwn(refusing))
                    await HoldAsync("the host has refused the password, which is not sent again").ConfigureAwait(false);
            }
            catch (Exception gone) when (gone is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // The askpass program gets no password and reports that to ssh.
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

        // It is unknown whether a jump host has accepted the password while the ssh runs, so for jump hosts only a known refusal counts.
        return IsOwn(login)
            ? await _own!.MaySendAsync(_ended.Token).ConfigureAwait(false)
            : !_password.UseAt(login).IsRefused;
    }

    private static async Task<string> ReadAsync(Socket asker, CancellationToken cancellationToken)
    {
        var prompt = new byte[MaxPromptLength];
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

    private static bool IsThisUser(Socket asker) => OperatingSystem.IsLinux() && SocketCalls.Peer(asker.SafeHandle) == Accounts.EffectiveUserId();
}
