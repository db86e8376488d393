using Volley.Ssh.Transport;
using Volley.Ssh.Wire;

namespace Volley.Ssh.Auth;

/// <summary>One login: chooses the next method and key, and composes the message if none was accepted.</summary>
internal sealed class Login(EncryptedPackets packets, SshCredentials credentials) : IDisposable
{
    /// <summary>The largest number of partial successes. No server requires that many factors.</summary>
    private const int MaxSteps = 16;

    /// <summary>The number of times that a host's questions are asked, as in ssh by default (NumberOfPasswordPrompts).</summary>
    private const int MaxTypedAnswers = 3;

    private readonly AuthenticationChannel _channel = new(packets, credentials.User, credentials.OnBanner);
    private readonly List<string> _refused = [];
    private readonly HashSet<string> _exhausted = [];
    private readonly PublicKeyMethod _publicKey = new(credentials);
    private readonly LoginPassword _password = new(credentials);
    private bool _hasAsked;
    private int _typedAnswers;

    public async ValueTask RunAsync(CancellationToken cancellationToken)
    {
        var isLastRequest = false;
        try
        {
            _channel.RequestService();
            var answer = await BeginAsync(cancellationToken).ConfigureAwait(false);
            for (var steps = 0; answer is not AuthenticationAnswer.Success;)
            {
                if (answer is AuthenticationAnswer.Method)
                    throw AuthenticationChannel.Unexpected(MessageNumber.UserAuthMethod);
                if (answer is AuthenticationAnswer.Partial)
                {
                    if (++steps > MaxSteps)
                        throw SshException.Violation("the server wants ever more proofs");
                    _exhausted.Clear();
                    _publicKey.Restart();
                }
                if (credentials.Methods.FirstOrDefault(CanTry) is { } method)
                    answer = await TryAsync(method, cancellationToken).ConfigureAwait(false);
                else if (!_hasAsked)
                {
                    isLastRequest = true;
                    answer = await AskAsync(cancellationToken).ConfigureAwait(false);
                    isLastRequest = false;
                }
                else
                {
                    throw Refused();
                }
            }
        }
        catch (SshException e) when (isLastRequest && e.Failure is (SshFailure.Disconnected or SshFailure.ConnectionLost))
        {
            // This server disconnects after too many attempts instead of refusing the last request.
            throw Refused();
        }
        catch (SshException e) when (IsRefusal(e))
        {
            throw new SshException(SshFailure.AuthenticationFailed, $"{e.Message}{Tried()}", e) { ReasonCode = e.ReasonCode };
        }
        catch (SshException e)
            when (_channel is { TakesEarlyRequests: true, HasAnswer: false } && e.Failure is SshFailure.Disconnected or SshFailure.ConnectionLost)
        {
            // The server may not be OpenSSH, although its version string begins with that.
            throw new SshException(
                SshFailure.ProtocolViolation, $"the server ended the connection at the first request of the login: {e.Message}", e)
            {
                ReasonCode = e.ReasonCode,
            };
        }
        catch (SshException e)
        {
            throw packets.Fail(e);
        }
    }

    public void Dispose() => _publicKey.Dispose();

    /// <summary>Returns whether sshd disconnected because of MaxAuthTries: with the reason code for it, or with a protocol error and its message.</summary>
    private static bool IsRefusal(SshException e) =>
        e.Failure is SshFailure.Disconnected
        && (e.ReasonCode == DisconnectReason.NoMoreAuthMethods
            || e.Message.Contains("Too many authentication failures", StringComparison.OrdinalIgnoreCase));

    /// <summary>
    /// Sends the first request. With OpenSSH it travels with the request for the service. If keys are all there is, a key whose algorithm does
    /// not depend on the server is sent at once. Asking for the methods first would only cost a round trip. Other servers are asked first, as
    /// in ssh.
    /// </summary>
    private async ValueTask<AuthenticationAnswer> BeginAsync(CancellationToken cancellationToken)
    {
        if (!_channel.TakesEarlyRequests)
            await _channel.WaitForServiceAsync(cancellationToken).ConfigureAwait(false);
        var onlyKeys = !_password.IsAvailable && credentials.Methods.Contains("publickey");
        return _channel.TakesEarlyRequests && onlyKeys && _publicKey.HasMore() && _publicKey.NextIsPlain
            ? await TryAsync("publickey", cancellationToken).ConfigureAwait(false)
            : await AskAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Asks for the available methods, which a server sends only in answer to a request. The request itself may succeed.</summary>
    private ValueTask<AuthenticationAnswer> AskAsync(CancellationToken cancellationToken)
    {
        _hasAsked = true;
        _channel.Send(_channel.Request("none").Finish());
        return _channel.ReadAnswerAsync(cancellationToken);
    }

    /// <summary>Returns whether a method is left to try. As in ssh, a server that names no methods may accept any.</summary>
    private bool CanTry(string method) =>
        _channel.Methods is { } methods
        && (methods.Count == 0 || methods.Contains(method))
        && !_exhausted.Contains(method)
        && method switch
        {
            "publickey" => _publicKey.HasMore(),
            "password" or "keyboard-interactive" => _password.IsAvailable || credentials.Questions is not null,
            _ => false,
        };

    private async ValueTask<AuthenticationAnswer> TryAsync(string method, CancellationToken cancellationToken)
    {
        if (method == "publickey")
            return await _publicKey.TryAsync(_channel, _refused, cancellationToken).ConfigureAwait(false);
        // Repeating the method would bring the same prompts.
        _exhausted.Add(method);
        if (method == "password")
            return await new PasswordMethod(_channel, _password, credentials.Questions, _refused).TryAsync(cancellationToken).ConfigureAwait(false);
        var keyboard = new KeyboardMethod(_channel, _password, credentials.Questions, _refused);
        var answer = await keyboard.TryAsync(cancellationToken).ConfigureAwait(false);
        // A typing error in a one-time code, or a code that has expired.
        if (keyboard.HasTypedAnswer && ++_typedAnswers < MaxTypedAnswers)
            _exhausted.Remove(method);
        return answer;
    }

    private SshException Refused()
    {
        var methods = _channel.Methods is { Count: > 0 } named ? string.Join(',', named) : "nothing";
        return new(SshFailure.AuthenticationFailed, $"Permission denied (the server takes {methods}){Tried()}")
        {
            ServerMethods = _channel.Methods,
            HasUnansweredPrompt = credentials.Questions is { } questions ? questions.HasUnanswered : HasOnlyQuestions,
        };
    }

    /// <summary>Whether there is no answer to the questions of a server that takes no other login without a key.</summary>
    private bool HasOnlyQuestions => credentials is { Password: null, GetPassword: null } && _channel.Methods is { } methods && methods.Contains("keyboard-interactive") && !methods.Contains("password");

    private string Tried() => _refused.Count == 0 ? "; there was nothing to try" : $"; tried: {string.Join("; ", _refused)}";
}
