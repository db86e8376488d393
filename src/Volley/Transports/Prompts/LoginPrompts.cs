using System.Security.Cryptography;
using Volley.Interop.Waiting;
using Volley.Ssh;

namespace Volley.Transports.Prompts;

/// <summary>
/// The questions of all logins of a run, in one queue. Equal questions about passwords and passphrases are asked once: the answer is tried at one login,
/// and then used for all of them. The question whether to accept a host key is asked once for each name and key. Others, such as one-time codes, are
/// asked login after login.
/// </summary>
/// <param name="ask">Answers a question; it is called once at a time.</param>
internal sealed class LoginPrompts(SshPromptCallback ask)
{
    /// <summary>
    /// The number of logins at the same time. A server ends a login that takes too long (LoginGraceTime, 2 minutes in sshd), so not many can wait
    /// for their turn to be asked.
    /// </summary>
    private const int MaxLogins = 8;

    private readonly Lock _lock = new();
    private readonly Dictionary<PromptKey, Answer> _answers = [];
    private readonly Dictionary<PromptKey, string> _refusals = [];
    private readonly AsyncGate _turns = new(1);
    private readonly Dictionary<string, byte[]?> _hostKeys = [];

    /// <summary>The slots for logins in progress.</summary>
    public AsyncGate Logins { get; } = new(MaxLogins);

    /// <summary>The slot for a login that uses an answer which no host has accepted yet.</summary>
    public AsyncGate Trial { get; } = new(1);

    /// <summary>Begins the questions of a login.</summary>
    /// <param name="host">The name of the host in questions.</param>
    public LoginConversation Begin(string host) => new(this, host);

    /// <summary>Asks a question when it is its turn.</summary>
    public async ValueTask<byte[]?> AskAsync(SshPrompt prompt, CancellationToken cancellationToken)
    {
        await _turns.EnterAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (HostKeyQuestion.Of(prompt) is not { } question)
                return await ask(prompt, cancellationToken).ConfigureAwait(false);
            if (!_hostKeys.TryGetValue(question, out var answer))
                _hostKeys[question] = answer = await ask(prompt, cancellationToken).ConfigureAwait(false);
            return answer?.ToArray();
        }
        finally
        {
            _turns.Leave();
        }
    }

    /// <summary>Returns a copy of an answer for several logins, and whether a host has accepted it; null if it was not given yet.</summary>
    public (byte[]? Secret, bool IsAccepted)? Find(PromptKey key)
    {
        lock (_lock)
            return _answers.TryGetValue(key, out var answer) ? (answer.Secret?.ToArray(), answer.IsAccepted) : null;
    }

    /// <summary>Returns the host that has refused the last answer; null for none.</summary>
    public string? FindRefusal(PromptKey key)
    {
        lock (_lock)
            return _refusals.GetValueOrDefault(key);
    }

    /// <summary>Stores an answer for several logins. No answer counts for all of them.</summary>
    public void Store(PromptKey key, byte[]? secret)
    {
        lock (_lock)
            _answers[key] = new Answer(secret?.ToArray(), IsAccepted: secret is null);
    }

    /// <summary>Records that a host has accepted an answer.</summary>
    public void Accept(PromptKey key)
    {
        lock (_lock)
        {
            if (_answers.TryGetValue(key, out var answer))
                _answers[key] = answer with { IsAccepted = true };
        }
    }

    /// <summary>Forgets an answer that was refused, unless another host has accepted it.</summary>
    public void Refuse(PromptKey key, string host)
    {
        lock (_lock)
        {
            if (!_answers.TryGetValue(key, out var answer) || answer.IsAccepted)
                return;
            CryptographicOperations.ZeroMemory(answer.Secret);
            _answers.Remove(key);
            _refusals[key] = host;
        }
    }

    /// <summary>Overwrites all answers with zeros, and forgets them.</summary>
    public void Forget()
    {
        lock (_lock)
        {
            foreach (var answer in _answers.Values)
                CryptographicOperations.ZeroMemory(answer.Secret);
            _answers.Clear();
        }
    }

    private sealed record Answer(byte[]? Secret, bool IsAccepted);
}

/// <summary>Identifies equal questions.</summary>
/// <param name="User">The login name; empty for a passphrase.</param>
/// <param name="Kind">What is asked for.</param>
/// <param name="Text">The question about a passphrase, which names the key; else empty.</param>
internal readonly record struct PromptKey(string User, SshPromptKind Kind, string Text)
{
    /// <summary>Returns the key of a question whose answer is the same for several logins; null if it is for one login.</summary>
    public static PromptKey? Of(SshPrompt prompt) => prompt.Kind switch
    {
        SshPromptKind.Password or SshPromptKind.NewPassword => new(prompt.User, prompt.Kind, ""),
        SshPromptKind.Passphrase => new("", prompt.Kind, prompt.Text),
        _ => null,
    };
}
