using System.Diagnostics;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Volley.Interop;
using Volley.Ssh;
using Volley.Transports.Prompts;
using Volley.Transports.OpenSsh.Masters;

namespace Volley.Transports.OpenSsh.Prompts;

/// <summary>
/// Answers the askpass programs of one ssh and of those that it starts for jump hosts. It sends the password once to each login that
/// asks for one and has not refused it, and passes other prompts to the application, if that answers them. Its socket has a random name in a
/// private directory, and is removed once the ssh is connected.
/// </summary>
internal sealed class AskpassListener : IDisposable
{
    private const int MaxPromptLength = 4096;
    private const string PasswordRefused = "the host has refused the password, which is not sent again";

    /// <summary>The time limit for a prompt. Askpass sends it immediately.</summary>
    private static readonly TimeSpan PromptLimit = TimeSpan.FromSeconds(5);

    private readonly SshPassword? _password;
    private readonly LoginConversation? _conversation;
    private readonly string _host;
    private readonly string? _user;
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly HashSet<string> _answered = [];
    private readonly CancellationTokenSource _ended = new();
    private readonly string[] _ownLogins;
    private readonly PasswordAttempt? _own;
    private readonly TaskCompletionSource<TransportException> _unanswered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _clockLock = new();
    private readonly Stopwatch _clock = new();
    private int _open;

    /// <summary>Creates the socket and begins to answer.</summary>
    /// <param name="options">The password, and the answers to other prompts.</param>
    /// <param name="directory">The directory of the socket.</param>
    /// <param name="target">The target that the ssh connects to.</param>
    /// <param name="settings">The settings of the host that the ssh connects to; null if unknown.</param>
    public AskpassListener(SshOptions options, MasterDirectory directory, Target target, SshHostSettings? settings)
    {
        _password = options.Password;
        _conversation = options.Prompts?.Begin(target.Label);
        (_host, _user) = (target.Label, settings?.User ?? target.User ?? options.User);
        _ownLogins = settings is null ? [] : AskpassPrompt.GetLogins(settings);
        _own = settings is null || _password is not { } password ? null : new PasswordAttempt(password.UseAt(PasswordUse.GetName(settings)));
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

    /// <summary>Whether a prompt of the host that the ssh connects to may be answered: not if all that is known is a password that it has refused.</summary>
    public bool MayAnswer => _conversation is not null || _own is not { IsRefused: true };

    /// <summary>The time for which questions were open.</summary>
    public TimeSpan AskedTime
    {
        get
        {
            lock (_clockLock)
                return _clock.Elapsed;
        }
    }

    /// <summary>
    /// A task that completes, with the failure, when the host asks for what it does not get. The caller then ends the ssh, which would continue with
    /// an empty answer, and so count as one more failed login, or wait for an answer.
    /// </summary>
    public Task<TransportException> Unanswered => _unanswered.Task;

    /// <summary>Waits for a task. The time that a user needs to answer does not count.</summary>
    public static async Task WaitAsync(Task connecting, TimeSpan limit, AskpassListener? questions, CancellationToken cancellationToken)
    {
        while (true)
        {
            var asked = questions?.AskedTime ?? TimeSpan.Zero;
            try
            {
                await connecting.WaitAsync(limit, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (TimeoutException) when (questions is not null && questions.AskedTime - asked is var more && more > TimeSpan.Zero)
            {
                limit = more;
            }
        }
    }

    /// <summary>Records that the ssh is connected.</summary>
    public void Accept()
    {
        _own?.Accept();
        _conversation?.Accept();
    }

    /// <summary>Records which logins on the route have refused the password, according to the messages of the ssh processes.</summary>
    /// <param name="failure">Why the login failed.</param>
    /// <param name="messages">The messages.</param>
    public void Refuse(TransportException failure, string messages)
    {
        if (failure.Outcome == NodeOutcome.AuthenticationFailed)
            _conversation?.Refuse();
        if (_password is not { } password)
            return;
        foreach (var line in messages.Split('\n'))
        {
            lock (_answered)
            {
                if (_answered.FirstOrDefault(login => line.StartsWith($"{login}: Permission denied (", StringComparison.OrdinalIgnoreCase)) is { } login)
                    password.UseAt(login).Refuse();
            }
        }
    }

    public void Dispose()
    {
        _ended.Cancel();
        _ended.Dispose();
        _own?.Dispose();
        _conversation?.Dispose();
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
                if (_password is { } password && AskpassPrompt.ParseLogin(prompt) is { } login && await MaySendAsync(password, login).ConfigureAwait(false))
                    await asker.SendAsync(password.Bytes, SocketFlags.None, _ended.Token).ConfigureAwait(false);
                else if (_conversation is not null)
                    await AskAsync(asker, _conversation, AskpassPrompt.Parse(prompt, _host, _user)).ConfigureAwait(false);
                else if (AskpassPrompt.AsksForChange(prompt))
                    await HoldAsync("the password must be changed").ConfigureAwait(false);
                else if (AskpassPrompt.ParseLogin(prompt) is { } refusing && IsOwn(refusing))
                    await HoldAsync(PasswordRefused).ConfigureAwait(false);
            }
            catch (Exception gone) when (gone is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // The askpass program gets no password and reports that to ssh.
            }
        }
    }

    /// <summary>Passes a prompt to the application.</summary>
    private async Task AskAsync(Socket asker, LoginConversation conversation, SshPrompt prompt)
    {
        Count(1);
        byte[]? answer;
        try
        {
            answer = await conversation.AskAsync(prompt, _ended.Token).ConfigureAwait(false);
        }
        finally
        {
            Count(-1);
        }

        if (conversation.HasRefusedPassword)
        {
            await HoldAsync(PasswordRefused).ConfigureAwait(false);
            return;
        }

        if (answer is null)
        {
            var (outcome, message) = prompt.Kind == SshPromptKind.HostKey
                ? (NodeOutcome.HostKeyRejected, AskpassPrompt.DescribeUnansweredKey(prompt))
                : (NodeOutcome.AuthenticationFailed, $"Permission denied (no answer to \"{prompt.LastLine}\")");
            await HoldAsync(new TransportException(outcome, message) { Remedy = Remedy.AnswerPrompts }).ConfigureAwait(false);
            return;
        }

        try
        {
            // A prompt that gets nothing counts as not answered.
            await asker.SendAsync(answer is [] ? "\n"u8.ToArray() : answer, SocketFlags.None, _ended.Token).ConfigureAwait(false);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(answer);
        }
    }

    private void Count(int change)
    {
        lock (_clockLock)
        {
            _open += change;
            if (_open > 0)
                _clock.Start();
            else
                _clock.Stop();
        }
    }

    private Task HoldAsync(string reason) => HoldAsync(new TransportException(NodeOutcome.AuthenticationFailed, $"Permission denied ({reason})"));

    private async Task HoldAsync(TransportException failure)
    {
        _unanswered.TrySetResult(failure);
        await Task.Delay(Timeout.InfiniteTimeSpan, _ended.Token).ConfigureAwait(false);
    }

    private bool IsOwn(string login) => _ownLogins.Contains(login, StringComparer.OrdinalIgnoreCase);

    private async ValueTask<bool> MaySendAsync(SshPassword password, string login)
    {
        lock (_answered)
        {
            if (!_answered.Add(login))
                return false;
        }

        // It is unknown whether a jump host has accepted the password while the ssh runs, so for jump hosts only a known refusal counts.
        return IsOwn(login)
            ? await _own!.MaySendAsync(_ended.Token).ConfigureAwait(false)
            : !password.UseAt(login).IsRefused;
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
