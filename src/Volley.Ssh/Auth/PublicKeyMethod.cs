using Volley.Ssh.Keys;
using Volley.Ssh.Wire;

namespace Volley.Ssh.Auth;

/// <summary>
/// The method publickey (RFC 4252 section 7). It tries one key after the other, and asks whether the server would accept the key before
/// signing, except with a key whose signature costs less than asking.
/// </summary>
internal sealed class PublicKeyMethod(SshCredentials credentials) : IDisposable
{
    private readonly HashSet<UserKey> _accepted = [];
    private IEnumerator<UserKey> _keys = credentials.Keys.GetEnumerator();
    private UserKey? _next;

    /// <summary>Restarts with the first key, without those that were accepted: a server that requires two keys requires another one now.</summary>
    public void Restart()
    {
        _keys.Dispose();
        _keys = credentials.Keys.GetEnumerator();
        _next = null;
    }

    public void Dispose() => _keys.Dispose();

    /// <summary>
    /// Whether the next key can be tried before the server's extensions are known: it has a single algorithm. For an RSA key server-sig-algs
    /// selects the algorithm.
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
            // Counts as a refusal by the server, so that the next key follows.
            return AuthenticationAnswer.Failure;
        }
        var answer = AuthenticationAnswer.Method;
        if (!key.SignsAtOnce || !channel.TakesEarlyRequests)
        {
            channel.Send(Request(channel, key, algorithm, isSigned: false).Finish());
            answer = await channel.ReadAnswerAsync(cancellationToken).ConfigureAwait(false);
            if (answer is AuthenticationAnswer.Method && !IsAbout(key, channel.Message.Span))
            {
                refused.Add($"{key.Label} (the server answered about another key)");
                return AuthenticationAnswer.Failure;
            }
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
            request.WriteString(signature);
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
    /// Returns the key's first algorithm that the user's settings allow and the server accepts. server-sig-algs (RFC 8308 section 3.1) selects
    /// among the several algorithms of RSA keys; for other keys the server itself refuses what it does not accept. OpenSSH 7.4 accepts SHA-2
    /// signatures without listing them.
    /// </summary>
    private string? Choose(UserKey key, AuthenticationChannel channel)
    {
        var algorithms = key.SignatureAlgorithms;
        var hidesAlgorithms = !KeyTypes.IsCertificate(key.KeyType) && channel.ServerSoftware.StartsWith("OpenSSH_7.4", StringComparison.Ordinal);
        var serverAlgorithms = algorithms.Count == 1 || hidesAlgorithms ? null : channel.ServerSignatureAlgorithms;
        return algorithms.FirstOrDefault(algorithm =>
            (credentials.SignatureAlgorithms is not { } allowed || allowed.Contains(algorithm))
            && (serverAlgorithms is null
                || serverAlgorithms.Contains(algorithm)
                || serverAlgorithms.Contains(KeyTypes.Plain(algorithm))));
    }

    private static SshWriter Request(AuthenticationChannel channel, UserKey key, string algorithm, bool isSigned)
    {
        var request = channel.Request("publickey", key.PublicBlob.Length + 1024);
        request.WriteBoolean(isSigned);
        request.WriteText(algorithm);
        request.WriteString(key.PublicBlob.Span);
        return request;
    }

    private static async ValueTask<byte[]> SignAsync(
        AuthenticationChannel channel, UserKey key, string algorithm, CancellationToken cancellationToken)
    {
        var request = Request(channel, key, algorithm, isSigned: true).Finish();
        var data = SignedData(channel.Session.SessionId.Span, request.Memory.Span);
        request.Return();
        return await key.SignAsync(algorithm, data, channel.Session, cancellationToken).ConfigureAwait(false);
    }

    private static byte[] SignedData(ReadOnlySpan<byte> sessionId, ReadOnlySpan<byte> request)
    {
        var data = SshWriter.WithoutNumber(sizeof(uint) + sessionId.Length + request.Length);
        data.WriteString(sessionId);
        data.WriteRaw(request);
        return data.ToArray();
    }

    /// <summary>
    /// Returns whether SSH_MSG_USERAUTH_PK_OK is about a key. As in ssh, it may name any algorithm of the key's type, because some servers
    /// always name ssh-rsa.
    /// </summary>
    private static bool IsAbout(UserKey key, ReadOnlySpan<byte> message)
    {
        var reader = new SshReader(message);
        var algorithm = reader.ReadDisplayText();
        return KeyTypes.FromAlgorithm(algorithm) == KeyTypes.FromAlgorithm(key.KeyType)
            && KeyTypes.IsCertificate(algorithm) == KeyTypes.IsCertificate(key.KeyType)
            && reader.ReadString().SequenceEqual(key.PublicBlob.Span);
    }
}
