namespace Volley.Cli.Pdsh;

/// <summary>The processes of a run by target. Messages name them, and ^C signals them.</summary>
/// <param name="targets">The number of targets.</param>
internal sealed class PdshChildren(int targets)
{
    /// <summary>The exit code for a program that can't be started.</summary>
    public const int UnstartedCode = 255;

    private const int MaxErrors = 64 << 10;

    private readonly PdshChild?[] _children = new PdshChild?[targets];
    private readonly Dictionary<int, MemoryStream> _errors = [];

    /// <summary>Called before a process is signaled by a timeout or a stop of the run, but not by a key.</summary>
    public Action<PdshChild, string>? Signalling { get; set; }

    public PdshChild? Find(Target target) => Volatile.Read(ref _children[target.Index]);

    public PdshChild Add(Target target, string rcmdType, string program, LocalProcess process, bool isChannel = false)
    {
        var child = new PdshChild(this, target, program, process) { RcmdType = rcmdType, IsChannel = isChannel };
        Volatile.Write(ref _children[target.Index], child);
        return child;
    }

    /// <summary>Keeps what the ssh of a copy writes to standard error until the target has ended.</summary>
    public void AddErrors(Target target, ReadOnlySpan<byte> text)
    {
        lock (_errors)
        {
            if (!_errors.TryGetValue(target.Index, out var kept))
                _errors[target.Index] = kept = new MemoryStream();
            kept.Write(text[..(int)Math.Min(text.Length, MaxErrors - kept.Length)]);
        }
    }

    /// <summary>Returns what was kept for a target, once.</summary>
    public ReadOnlySpan<byte> TakeErrors(Target target)
    {
        lock (_errors)
            return _errors.Remove(target.Index, out var kept) ? kept.ToArray() : [];
    }

    public void AddUnstarted(Target target, string program) =>
        Volatile.Write(ref _children[target.Index], new PdshChild(this, target, program, null) { Status = new ExitStatus(UnstartedCode, null) });
}

/// <summary>The process of one target.</summary>
internal sealed class PdshChild(PdshChildren children, Target target, string program, LocalProcess? process) : IRemoteProcess
{
    public Target Target => target;

    /// <summary>Whether the process only carries files, so that a stop of the run ends the copy and not the process.</summary>
    public bool IsChannel { get; init; }

    /// <summary>The rcmd type that connects to the target.</summary>
    public string RcmdType { get; init; } = "";

    /// <summary>The name of the program without its directory.</summary>
    public string Program => program;

    public int ProcessId => process!.ProcessId;

    public bool IsRunning => Status is null;

    /// <summary>The start time, as a value of <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public long StartedAt { get; } = TimeProvider.System.GetTimestamp();

    /// <summary>The exit status; null while the process runs.</summary>
    public ExitStatus? Status { get; set; }

    /// <summary>The number of the signal that ended the process; null if none did.</summary>
    public int? EndedBySignal => process?.EndedBySignal;

    public bool HasSurvivors => process!.HasSurvivors;

    public ValueTask<bool> ConfirmEndedAsync(TimeSpan wait, CancellationToken cancellationToken) => process!.ConfirmEndedAsync(wait, cancellationToken);

    public ValueTask<OutputRead> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) => process!.ReadAsync(buffer, cancellationToken);

    public ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken) => process!.WriteAsync(data, cancellationToken);

    public void CloseInput() => process!.CloseInput();

    public ValueTask SendSignalAsync(string signal, CancellationToken cancellationToken)
    {
        if (Status is null)
            children.Signalling?.Invoke(this, signal);
        return process!.SendSignalAsync(signal, cancellationToken);
    }

    /// <summary>Sends a signal without calling <see cref="PdshChildren.Signalling"/>.</summary>
    public void PassOn(string signal) => _ = process!.SendSignalAsync(signal, CancellationToken.None).AsTask();

    public async ValueTask<ExitStatus> WaitForExitAsync(CancellationToken cancellationToken)
    {
        var status = await process!.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        Status = status;
        return status;
    }

    public ValueTask DisposeAsync() => process!.DisposeAsync();
}
