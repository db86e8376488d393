using System.Text;
using Volley.Ssh.Keys;
using Volley.Ssh.Transport;
using Volley.Ssh.Wire;

namespace Volley.Ssh.Auth;

/// <summary>The server's answers to a request, except banners.</summary>
internal enum AuthenticationAnswer
{
    /// <summary>SSH_MSG_USERAUTH_SUCCESS: the user is logged in.</summary>
    Success,

    /// <summary>SSH_MSG_USERAUTH_FAILURE.</summary>
    Failure,

    /// <summary>SSH_MSG_USERAUTH_FAILURE with partial success: the method succeeded, and another one is required.</summary>
    Partial,

    /// <summary>Message 60, whose meaning depends on the method.</summary>
    Method,
}

/// <summary>Sends the requests of one user and reads the server's answers (RFC 4252 section 5).</summary>
internal sealed class AuthenticationChannel(EncryptedPackets packets, string user, Action<string>? onBanner)
{
    private const string Service = "ssh-connection";
    private const int MaxBannerLength = 64 << 10;

    private int _bannerText;
    private bool _bannerIsCut;
    private bool _awaitsService;

    /// <summary>The methods that can continue, from the last failure; null before the first one.</summary>
    public IReadOnlyList<string>? Methods { get; private set; }

    /// <summary>The server's software name.</summary>
    public string ServerSoftware => packets.ServerSoftware;

    /// <summary>
    /// Whether the server is OpenSSH, which accepts requests earlier than ssh sends them. Other servers get the requests one by one, as from
    /// ssh, because some of them require it.
    /// </summary>
    public bool TakesEarlyRequests => ServerSoftware.StartsWith("OpenSSH", StringComparison.Ordinal);

    /// <summary>Whether the server has answered a request of the login.</summary>
    public bool HasAnswer { get; private set; }

    public SessionProof Session => packets.Session!;

    public IReadOnlyList<string>? ServerSignatureAlgorithms => packets.ServerSignatureAlgorithms;

    /// <summary>The message of the answer <see cref="AuthenticationAnswer.Method"/>, valid until the next read.</summary>
    public ReadOnlyMemory<byte> Message { get; private set; }

    /// <summary>Requests the authentication service (RFC 4253 section 10).</summary>
    public void RequestService()
    {
        var request = new SshWriter(MessageNumber.ServiceRequest);
        request.WriteText("ssh-userauth");
        packets.Queue(request.Finish());
        _awaitsService = true;
    }

    /// <summary>Waits until the server has granted the service.</summary>
    public async ValueTask WaitForServiceAsync(CancellationToken cancellationToken)
    {
        var message = await packets.ReadNextAsync(cancellationToken).ConfigureAwait(false);
        if (message.Span[0] != MessageNumber.ServiceAccept)
            throw Unexpected(message.Span[0]);
        _awaitsService = false;
    }

    /// <summary>Returns the beginning of a request. The data to sign begins with it too, after the session id.</summary>
    public SshWriter Request(string method, int room = 64)
    {
        var request = new SshWriter(MessageNumber.UserAuthRequest, room + user.Length + 64);
        request.WriteText(user);
        request.WriteText(Service);
        request.WriteText(method);
        return request;
    }

    public void Send(OutgoingMessage message) => packets.Queue(message);

    /// <summary>Waits for the answer, and shows banners that precede it.</summary>
    public async ValueTask<AuthenticationAnswer> ReadAnswerAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var message = await packets.ReadNextAsync(cancellationToken).ConfigureAwait(false);
            switch (message.Span[0])
            {
                case MessageNumber.ServiceAccept when _awaitsService:
                    _awaitsService = false;
                    break;
                case var number when _awaitsService:
                    throw Unexpected(number);
                case MessageNumber.UserAuthSuccess:
                    HasAnswer = true;
                    return AuthenticationAnswer.Success;
                case MessageNumber.UserAuthFailure:
                    return ReadFailure(message.Span);
                case MessageNumber.UserAuthMethod:
                    HasAnswer = true;
                    Message = message;
                    return AuthenticationAnswer.Method;
                case MessageNumber.UserAuthBanner:
                    OnBanner(message.Span);
                    break;
                default:
                    throw Unexpected(message.Span[0]);
            }
        }
    }

    public static SshException Unexpected(byte number) => SshException.Violation($"message {number} in the middle of the login");

    private AuthenticationAnswer ReadFailure(ReadOnlySpan<byte> message)
    {
        var reader = new SshReader(message);
        HasAnswer = true;
        Methods = reader.ReadDisplayText().Split(',', StringSplitOptions.RemoveEmptyEntries);
        return reader.ReadBoolean() ? AuthenticationAnswer.Partial : AuthenticationAnswer.Failure;
    }

    /// <summary>Shows a banner. Text beyond the limit is not shown, and the login continues.</summary>
    private void OnBanner(ReadOnlySpan<byte> message)
    {
        var bytes = new SshReader(message).ReadString();
        var shown = bytes[..Math.Min(bytes.Length, MaxBannerLength - _bannerText)];
        _bannerText += shown.Length;
        if (!shown.IsEmpty)
            onBanner?.Invoke(new string([.. Encoding.UTF8.GetString(shown).Where(static c => c is '\n' or '\t' || !char.IsControl(c))]));
        if (shown.Length == bytes.Length || _bannerIsCut)
            return;
        _bannerIsCut = true;
        onBanner?.Invoke("\n[the banner is cut at 64 KiB]\n");
    }
}
