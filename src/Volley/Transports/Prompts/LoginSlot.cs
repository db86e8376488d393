namespace Volley.Transports.Prompts;

/// <summary>A slot for a login that may ask questions.</summary>
internal sealed class LoginSlot : IDisposable
{
    private readonly LoginPrompts _prompts;

    private LoginSlot(LoginPrompts prompts) => _prompts = prompts;

    /// <summary>Waits for a slot. Waiting does not count towards the connect timeout.</summary>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public static async ValueTask<LoginSlot> EnterAsync(LoginPrompts prompts, CancellationToken cancellationToken)
    {
        await prompts.Logins.EnterAsync(cancellationToken).ConfigureAwait(false);
        return new(prompts);
    }

    /// <inheritdoc/>
    public void Dispose() => _prompts.Logins.Leave();
}
