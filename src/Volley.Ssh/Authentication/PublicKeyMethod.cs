using System.Buffers.Binary;
using System.Text;
using Volley.Ssh.Keys;
using Volley.Ssh.Messages;

namespace Volley.Ssh.Authentication;

/// <summary>
/// publickey (RFC 4252 section 7): key by key; each is only shown first, and signs once the server would take it, but for
/// one whose signature costs less than the question.
/// </summary>
internal sealed class PublicKeyMethod(SshCredentials credentials) : IDisposable
{
    private readonly HashSet<UserKey> _accepted = [];
    private IEnumerator<UserKey> _keys = credentials.Keys.GetEnumerator();
    private UserKey? _next;

    /// <summary>Begins again with the first key, but for those that were accepted: a server that wants two keys wants another one now.</summary>
    public void Restart()
    {
        _keys.Dispose();
        _keys = credentials.Keys.GetEnumerator();
        _next = null;
    }

    public void Dispose() => _keys.Dispose();

    /// <summary>
    /// Whether the next key may be shown before the server has said anything: its one algorithm is the server's to take or
    /// to refuse, where for an RSA key server-sig-algs decides.
    /// </summary>
    public bool NextIsPlain => _next is { SignatureAlgorithms.Count: 1 };

    /// <summary>Whether there is another key to try.</summary>
    public bool HasMore()
    {
        while (_next is null && _keys.MoveNext())
        {
            if (!_accepted.Contains(_keys.Current))
                _next = _keys.Current;
        }
        return _next is not null;
    }

    public async ValueTask<AuthenticationAnswer> TryAsync(
        AuthenticationChannel channel, List<string> refused, CancellationToken cancellationToken)
    {
        var key = _next!;
        _next = null;
        if (Choose(key, channel) is not { } algorithm)
        {
            refused.Add($"{key.Label} (no {key.KeyType} signature that both sides allow)");
            // As if the server had said it: what comes next is the same.
            return AuthenticationAnswer.Failure;
        }
        var answer = AuthenticationAnswer.Method;
        if (!key.SignsAtOnce)
        {
            channel.Send(Request(channel, key, algorithm, isSigned: false).Finish());
            answer = await channel.ReadAnswerAsync(cancellationToken).ConfigureAwait(false);
            if (answer is AuthenticationAnswer.Method)
                CheckOk(channel.Message.Span, key, algorithm);
        }
        if (answer is AuthenticationAnswer.Method)
        {
            byte[] signature;
            try
            {
                signature = await SignAsync(channel, key, algorithm, cancellationToken).ConfigureAwait(false);
            }
            catch (SshException e) when (e.Failure is SshFailure.AuthenticationFailed)
            {
                refused.Add($"{key.Label} ({e.Message})");
                return AuthenticationAnswer.Failure;
            }
            var request = Request(channel, key, algorithm, isSigned: true);
            request.Bytes(signature);
            channel.Send(request.Finish());
            answer = await channel.ReadAnswerAsync(cancellationToken).ConfigureAwait(false);
        }
        if (answer is AuthenticationAnswer.Failure)
            refused.Add(key.Label);
        if (answer is AuthenticationAnswer.Partial)
            _accepted.Add(key);
        return answer;
    }

    /// <summary>
    /// The key's first algorithm that the user's settings allow and the server takes. server-sig-algs (RFC 8308 section
    /// 3.1) decides where a key has several, as RSA keys have; elsewhere the server says by itself if it does not take the key.
    /// </summary>
    private string? Choose(UserKey key, AuthenticationChannel channel)
    {
        var algorithms = key.SignatureAlgorithms;
        var serverAlgorithms = algorithms.Count == 1 ? null : channel.ServerSignatureAlgorithms;
        return algorithms.FirstOrDefault(algorithm =>
            (credentials.SignatureAlgorithms is not { } allowed || allowed.Contains(algorithm))
            && (serverAlgorithms is null
                || serverAlgorithms.Contains(algorithm)
                || serverAlgorithms.Contains(KeyTypes.Plain(algorithm))));
    }

    private static MessageWriter Request(AuthenticationChannel channel, UserKey key, string algorithm, bool isSigned)
    {
        var request = channel.Request("publickey", key.PublicBlob.Length + 1024);
        request.Boolean(isSigned);
        request.Text(algorithm);
        request.Bytes(key.PublicBlob.Span);
        return request;
    }

    private static async ValueTask<byte[]> SignAsync(
        AuthenticationChannel channel, UserKey key, string algorithm, CancellationToken cancellationToken)
    {
        var request = Request(channel, key, algorithm, isSigned: true).Finish();
        var sessionId = channel.Session.SessionId;
        var data = new byte[sizeof(uint) + sessionId.Length + request.Length];
        SignedData(data, sessionId.Span, request.Memory.Span);
        request.Return();
        return await key.SignAsync(algorithm, data, channel.Session, cancellationToken).ConfigureAwait(false);
    }

    private static void SignedData(Span<byte> data, ReadOnlySpan<byte> sessionId, ReadOnlySpan<byte> request)
    {
        BinaryPrimitives.WriteUInt32BigEndian(data, (uint)sessionId.Length);
        sessionId.CopyTo(data[sizeof(uint)..]);
        request.CopyTo(data[(sizeof(uint) + sessionId.Length)..]);
    }

    /// <summary>SSH_MSG_USERAUTH_PK_OK must name what was asked about.</summary>
    private static void CheckOk(ReadOnlySpan<byte> message, UserKey key, string algorithm)
    {
        var reader = new MessageReader(message);
        var isSame = Ascii.Equals(reader.Bytes(), algorithm);
        if (!isSame || !reader.Bytes().SequenceEqual(key.PublicBlob.Span))
            throw SshException.Violation("the server takes a key that it was not asked about");
    }
}
