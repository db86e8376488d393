using Volley.Ssh;

namespace Volley.Transports.Prompts;

/// <summary>The questions of one login.</summary>
/// <param name="prompts">The questions of the run.</param>
/// <param name="host">The name of the host in questions.</param>
internal sealed class LoginConversation(LoginPrompts prompts, string host) : IDisposable
{
    private readonly HashSet<(PromptKey Key, string Text)> _asked = [];
    private readonly Lock _lock = new();
    private bool _isOnTrial;
    private bool _isOver;
    private bool _hasCode;

    /// <summary>Whether the host has refused a password, which it does not get again.</summary>
    public bool HasRefusedPassword { get; private set; }

    /// <summary>Returns the answer to a question; null if it is not answered.</summary>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public async ValueTask<byte[]?> AskAsync(SshPrompt prompt, CancellationToken cancellationToken)
    {
        _hasCode |= prompt.Kind == SshPromptKind.Question;
        if (PromptKey.Of(prompt) is not { } key)
            return await prompts.AskAsync(prompt, cancellationToken).ConfigureAwait(false);
        // A host that repeats a question has refused the answer.
        var isRepeated = !_asked.Add((key, prompt.Text));
        if (isRepeated)
            prompts.Refuse(key, prompt.Host);
        // A mistyped password is one failed login. Beside a code it may have been right.
        if (isRepeated && !_hasCode)
        {
            HasRefusedPassword = prompt.Kind != SshPromptKind.Passphrase;
            return HasRefusedPassword ? null : [];
        }

        if (prompts.Find(key) is { IsAccepted: true } known)
            // An answer that other hosts have accepted is not sent twice to one that has not.
            return isRepeated ? await prompts.AskAsync(prompt with { RefusedBy = prompt.Host }, cancellationToken).ConfigureAwait(false) : known.Secret;
        await BeginTrialAsync(cancellationToken).ConfigureAwait(false);
        // Another login may have got the answer meanwhile.
        if (prompts.Find(key) is { } given)
            return given.Secret;
        var answer = await prompts.AskAsync(prompt with { RefusedBy = prompts.FindRefusal(key) }, cancellationToken).ConfigureAwait(false);
        prompts.Store(key, answer);
        return answer;
    }

    /// <summary>Records that the login succeeded: its answers are right.</summary>
    public void Accept()
    {
        foreach (var (key, _) in _asked)
            prompts.Accept(key);
    }

    /// <summary>Records that the login was refused: its answers may be wrong.</summary>
    public void Refuse()
    {
        foreach (var (key, _) in _asked)
            prompts.Refuse(key, host);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _isOver = true;
            if (!_isOnTrial)
                return;
            _isOnTrial = false;
        }

        prompts.Trial.Leave();
    }

    /// <summary>Waits until no other login tries an answer that may be wrong: a wrong one must not be tried at all hosts.</summary>
    private async ValueTask BeginTrialAsync(CancellationToken cancellationToken)
    {
        if (_isOnTrial)
            return;
        await prompts.Trial.EnterAsync(cancellationToken).ConfigureAwait(false);
        lock (_lock)
        {
            if (!_isOver)
            {
                _isOnTrial = true;
                return;
            }
        }

        prompts.Trial.Leave();
        throw new OperationCanceledException("the login is over");
    }
}
