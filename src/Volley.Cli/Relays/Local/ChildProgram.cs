using System.ComponentModel;
using System.Text;
using Volley.Interop;

namespace Volley.Cli.Relays.Local;

/// <summary>A program that runs beside this one. It prints lines, and is ended by <see cref="DisposeAsync"/>.</summary>
internal sealed class ChildProgram : IAsyncDisposable
{
    private static readonly TimeSpan LastReadLimit = TimeSpan.FromSeconds(1);

    private readonly LocalProcess _process;
    private readonly string _name;
    private readonly TaskCompletionSource<string> _found = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Func<string, string?> _find;
    private readonly Queue<string> _last = [];

    private ChildProgram(LocalProcess process, string name, Func<string, string?> find)
    {
        (_process, _name, _find) = (process, name, find);
        Ended = ReadAsync();
    }

    /// <summary>Completes when the program has closed its output, which it does at its end.</summary>
    public Task Ended { get; }

    /// <summary>Starts a program.</summary>
    /// <param name="name">What it is, for messages.</param>
    /// <param name="arguments">The program and its arguments.</param>
    /// <param name="find">Returns a value for the line that says that the program is ready, and null for others.</param>
    /// <exception cref="Volley.Relay.RelayException">It can't be started.</exception>
    public static ChildProgram Start(string name, IReadOnlyList<string> arguments, Func<string, string?> find)
    {
        try
        {
            return new(LocalProcess.StartWithInput(arguments), name, find);
        }
        catch (Win32Exception failure)
        {
            throw new Volley.Relay.RelayException($"can't start {name} ({arguments[0]}): {Errno.Text(failure.NativeErrorCode)}", failure);
        }
    }

    /// <summary>Waits until the program is ready, and returns the value of the line that says so.</summary>
    /// <param name="limit">The time limit.</param>
    /// <exception cref="Volley.Relay.RelayException">It ended, or the time limit has passed.</exception>
    public async Task<string> WaitUntilReadyAsync(TimeSpan limit)
    {
        await Task.WhenAny(_found.Task, Ended, Task.Delay(limit));
        if (_found.Task.IsCompleted)
            return await _found.Task;
        var fate = Ended.IsCompleted ? "ended" : FormattableString.Invariant($"was not ready within {limit.TotalSeconds:0} s");
        string reason;
        lock (_last)
            reason = string.Join("; ", _last);
        throw new Volley.Relay.RelayException($"{_name} {fate}{(reason.Length > 0 ? $": {reason}" : "")}");
    }

    /// <summary>Ends the standard input of the program.</summary>
    public void CloseInput() => _process.CloseInput();

    /// <summary>Sends a signal to the program.</summary>
    /// <param name="signal">The name of the signal without <c>SIG</c>.</param>
    public ValueTask SignalAsync(string signal) => _process.SendSignalAsync(signal, CancellationToken.None);

    /// <summary>Ends the program if it still runs: by TERM and, a second later, by KILL.</summary>
    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        // The program has ended. A read that was in progress at the disposal may not end by itself.
        await Task.WhenAny(Ended, Task.Delay(LastReadLimit));
    }

    private async Task ReadAsync()
    {
        const int MaxLast = 3;
        var buffer = new byte[4096];
        var pending = new StringBuilder();
        try
        {
            while (await _process.ReadAsync(buffer, CancellationToken.None) is { Count: > 0 } read)
            {
                pending.Append(Encoding.UTF8.GetString(buffer, 0, read.Count));
                var lines = pending.ToString().Split('\n');
                pending.Clear().Append(lines[^1]);
                foreach (var line in lines[..^1])
                {
                    if (_find(line) is { } value)
                        _found.TrySetResult(value);
                    lock (_last)
                    {
                        _last.Enqueue(line);
                        if (_last.Count > MaxLast)
                            _last.Dequeue();
                    }
                }
            }
        }
        catch (ObjectDisposedException)
        {
            // It was ended.
        }
    }
}
