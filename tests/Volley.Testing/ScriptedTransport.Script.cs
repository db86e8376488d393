namespace Volley.Testing;

/// <summary>What one target does. As it stands: it connects at once, and its command exits with 0 and prints nothing.</summary>
public sealed record NodeScript
{
    /// <summary>Runs before the connection is there: a gate, a failure, or both. Null connects at once.</summary>
    public Func<Target, CancellationToken, Task>? Connect { get; init; }

    /// <summary>Runs before the command has started. Null starts it at once.</summary>
    public Func<Target, CancellationToken, Task>? Start { get; init; }

    /// <summary>Whether the command's start makes the connection.</summary>
    public bool ConnectsAtStart { get; init; }

    /// <summary>Runs as the ping. Null succeeds at once.</summary>
    public Func<CancellationToken, Task>? Ping { get; init; }

    /// <summary>The command; its streams end with it, and it exits with 0 unless it has exited otherwise.</summary>
    public Func<ScriptedProcess, Task> Command { get; init; } = static _ => Task.CompletedTask;

    /// <summary>What a signal does. As it stands it ends the command.</summary>
    public Func<ScriptedProcess, string, ValueTask> Signal { get; init; } = static (process, signal) =>
    {
        process.Die(signal);
        return ValueTask.CompletedTask;
    };

    /// <summary>Opens a subsystem. Null refuses each.</summary>
    public Func<Target, string, CancellationToken, Task<IRemoteProcess>>? Subsystem { get; init; }

    /// <summary>Awaited once the command has ended, until all that it printed has come. Null: all has come at once.</summary>
    public Func<CancellationToken, Task>? Settle { get; init; }

    /// <summary>Thrown by each read once all that was printed has been read.</summary>
    public Exception? ReadFailure { get; init; }

    /// <summary>Thrown by the wait for the end, before there is a task.</summary>
    public Exception? WaitFailure { get; init; }

    /// <summary>Thrown by each write.</summary>
    public Exception? WriteFailure { get; init; }

    /// <summary>Thrown once the command was disposed.</summary>
    public Exception? DisposeFailure { get; init; }

    /// <summary>Thrown once the session was disposed.</summary>
    public Exception? SessionDisposeFailure { get; init; }

    /// <summary>How many bytes of input it takes before it stops reading for good; null for all.</summary>
    public int? InputLimit { get; init; }

    /// <summary>Awaited by each write before it is taken: a reader that is slow. Null takes it at once.</summary>
    public Func<Task>? TakeInput { get; init; }

    /// <summary>A command that exits with this code.</summary>
    public static NodeScript Exits(int code) => new()
    {
        Command = process =>
        {
            process.Exit(code);
            return Task.CompletedTask;
        },
    };

    /// <summary>A command that prints a text and exits with this code.</summary>
    public static NodeScript Prints(string text, int code = 0, StreamKind stream = StreamKind.Stdout) => new()
    {
        Command = async process =>
        {
            await process.PrintAsync(text, stream).ConfigureAwait(false);
            process.Exit(code);
        },
    };

    /// <summary>A command that runs until it is ended, or until a gate opens.</summary>
    public static NodeScript Runs(Task? until = null) => new()
    {
        Command = process => (until ?? Task.Delay(Timeout.Infinite, process.Ended)).WaitAsync(process.Ended),
    };

    /// <summary>A target whose SFTP server is a process of this machine.</summary>
    public static NodeScript ServesSftp() => new()
    {
        Subsystem = async (target, name, cancellationToken) =>
        {
            await using var local = new ExecTransport();
            await using var session = await local.ConnectAsync(target, cancellationToken).ConfigureAwait(false);
            return await session.OpenSubsystemAsync(name, cancellationToken).ConfigureAwait(false);
        },
    };

    /// <summary>A connection that fails.</summary>
    public static NodeScript FailsToConnect(Exception failure) => new() { Connect = (_, _) => Task.FromException(failure) };

    /// <summary>A connection that is established when a gate opens, or never. It obeys a cancellation, or ignores it.</summary>
    public static NodeScript Connects(Task? when = null, bool ignoresItsToken = false) => new()
    {
        Connect = async (_, cancellationToken) =>
        {
            // Never completes by itself, and stays alive as long as its waiter.
            when ??= new TaskCompletionSource().Task;
            await when.WaitAsync(ignoresItsToken ? CancellationToken.None : cancellationToken).ConfigureAwait(false);
        },
    };

    /// <summary>The same script, whose command ends only at these signals.</summary>
    public NodeScript DyingAt(params IReadOnlyList<string> signals) => this with
    {
        Signal = (process, signal) =>
        {
            if (signals.Contains(signal))
                process.Die(signal);
            return ValueTask.CompletedTask;
        },
    };

    /// <summary>The same script on a transport that can't signal, or whose signals fail in another way.</summary>
    public NodeScript WithSignals(Func<ValueTask> outcome) => this with { Signal = (_, _) => outcome() };
}
