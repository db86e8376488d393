namespace Volley.Elevation;

/// <summary>
/// The start of one elevated command: first without a password, as far as the program has such a mode, then with one, once it is known to be right
/// or this target is the one to try it.
/// </summary>
/// <param name="session">The session.</param>
/// <param name="command">The command.</param>
/// <param name="mark">The mark of its processes.</param>
internal sealed class ElevationStart(ElevatedSession session, CommandJob command, string mark) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _disposing = new();
    private readonly ElevationFailures _failures = new(session.Run.Settings);
    private IRemoteProcess? _process;
    private PasswordTrial.Turn? _turn;
    private bool _mayAsk;
    private bool _hasGoneAhead;

    /// <summary>The process of the command; before its start, that of the program that elevates it.</summary>
    public IRemoteProcess Process => _process!;

    /// <summary>Whether <see cref="StopAsync"/> has ended the start.</summary>
    public bool IsStopped => _stopping.IsCancellationRequested;

    /// <summary>Whether the input is open, although the command has none.</summary>
    public bool HasNeedlessInput => _mayAsk && command.Input is null;

    /// <summary>Output of the command that was read with the mark.</summary>
    public IReadOnlyList<(StreamKind Stream, ReadOnlyMemory<byte> Data)> Pending { get; private set; } = [];

    private ElevationRun Run => session.Run;

    /// <summary>Starts the first attempt.</summary>
    /// <exception cref="TransportException">The target can't be reached, or refuses a command.</exception>
    public Task BeginAsync(CancellationToken cancellationToken) =>
        StartAsync(!Run.Command.CanRefuseToAsk || (session.NeedsPassword && Run.Trial.IsAccepted), cancellationToken);

    /// <summary>Conducts the dialogue until the command has started.</summary>
    /// <returns>False if a stop came first, so that nothing runs.</returns>
    /// <exception cref="TransportException">The command can't become the user, or the connection broke.</exception>
    public async Task<bool> CompleteAsync()
    {
        try
        {
            var (end, dialogue) = await ConverseAsync().ConfigureAwait(false);
            var isWithout = !_mayAsk && Run.Settings.Password is not null && !IsStopped;
            if (isWithout && end == DialogueEnd.Ended && ElevationFailures.MayNeedPassword(dialogue))
            {
                await _process!.DisposeAsync().ConfigureAwait(false);
                await TakeTurnAsync().ConfigureAwait(false);
                session.NeedsPassword = true;
                await session.WaitForTurnAsync(_stopping.Token).ConfigureAwait(false);
                await StartAsync(mayAsk: true, _stopping.Token).ConfigureAwait(false);
                (end, dialogue) = await ConverseAsync().ConfigureAwait(false);
            }

            RecordTrial(end, dialogue);
            if (end == DialogueEnd.Started)
            {
                Pending = dialogue.Pending;
                var waits = Run.Command.WaitsForGoAhead(command, _mayAsk);
                _hasGoneAhead = true;
                if (waits)
                    await _process!.WriteAsync(ElevationCommand.GoAhead, _disposing.Token).ConfigureAwait(false);
                return true;
            }

            return IsStopped ? false : throw _failures.Explain(end, dialogue);
        }
        catch (OperationCanceledException) when (IsStopped)
        {
            return false;
        }
        catch (TransportException lost) when (!_hasGoneAhead && Run.Command.WaitsForGoAhead(command, _mayAsk))
        {
            throw lost.Rephrased(lost.Message, hasNotBegun: true);
        }
        finally
        {
            _turn?.Dispose();
        }
    }

    /// <summary>Ends the start as soon as that is possible. A password that was sent is not taken back.</summary>
    public Task StopAsync() => _stopping.CancelAsync();

    /// <summary>Cancels the start and the dialogue.</summary>
    public async Task CancelAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _disposing.CancelAsync().ConfigureAwait(false);
    }

    /// <summary>Disposes of the process. <see cref="CompleteAsync"/> must have ended.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync().ConfigureAwait(false);
        _stopping.Dispose();
        _disposing.Dispose();
    }

    private async Task StartAsync(bool mayAsk, CancellationToken cancellationToken)
    {
        _mayAsk = mayAsk;
        var composed = Run.Command.Compose(command, mark, mayAsk, session.TakesArguments);
        _process = await session.StartComposedAsync(composed, cancellationToken).ConfigureAwait(false);
    }

    private async Task<(DialogueEnd End, ElevationDialogue Dialogue)> ConverseAsync()
    {
        var dialogue = new ElevationDialogue(_process!, mark, Run.Command.HasTerminal(command, _mayAsk), Run.Time)
        {
            Limit = Run.Settings.StartLimit,
            Prompt = Run.Command.Prompt,
            Answer = _mayAsk ? AnswerAsync : null,
        };
        return (await dialogue.RunAsync(_disposing.Token).ConfigureAwait(false), dialogue);
    }

    private async ValueTask<SshPassword?> AnswerAsync()
    {
        if (IsStopped || Run.Settings.Password is not { } password)
            return null;
        await TakeTurnAsync().ConfigureAwait(false);
        _turn!.Send();
        return password;
    }

    /// <summary>Waits until the password may be sent to this target.</summary>
    private async Task TakeTurnAsync()
    {
        if (Run.HasChangedKey(session.Target))
            throw _failures.GetKeyChanged();
        _turn ??= await Run.Trial.BeginAsync(session.Target, _stopping.Token).ConfigureAwait(false);
        if (Run.Trial.RefusedAt is { } refused)
            throw _failures.GetNotTried(session.Target, refused);
        if (Run.Trial.GivenUpAt is { } silent)
            throw _failures.GetGivenUp(silent);
    }

    private void RecordTrial(DialogueEnd end, ElevationDialogue dialogue)
    {
        if (!dialogue.HasAnswered)
            return;
        if (end == DialogueEnd.Started || ElevationFailures.IsPasswordAccepted(end, dialogue))
            _turn?.Accept();
        else if (ElevationFailures.IsPasswordRefused(end, dialogue))
            _turn?.Refuse();
    }
}
