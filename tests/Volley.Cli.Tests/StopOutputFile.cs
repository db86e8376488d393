using System.Text;
using Volley.Cli.Terminal;
using Volley.Testing;

namespace Volley.Cli.Tests;

/// <summary>A file in memory whose reader the test slows, halts or sends away.</summary>
/// <param name="journal">Takes what is written; files that share one show the order across them.</param>
/// <param name="identity">The file behind it.</param>
internal sealed class StopOutputFile(StopJournal journal, string identity) : IOutputFile, IDisposable
{
    private readonly ManualResetEventSlim _open = new(initialState: true);
    private volatile OutputException? _failure;

    public bool IsTerminal { get; init; }

    public string Identity => identity;

    public bool IsAlwaysReady { get; init; }

    public (int Columns, int Lines) Size => (80, 24);

    /// <summary>How many bytes one write takes.</summary>
    public int Room { get; init; } = int.MaxValue;

    /// <summary>The longest write that was asked for.</summary>
    public int Longest { get; private set; }

    /// <summary>Set when a write has begun.</summary>
    public ManualResetEventSlim Begun { get; } = new();

    /// <summary>From now on a write waits.</summary>
    public void Halt() => _open.Reset();

    /// <summary>Halted writes go on.</summary>
    public void GoOn() => _open.Set();

    /// <summary>From now on every write fails.</summary>
    public void Fail(OutputFailure failure) => _failure = new OutputException(failure, "broken");

    public int Write(ReadOnlySpan<byte> data)
    {
        Longest = Math.Max(Longest, data.Length);
        Begun.Set();
        _open.Wait();
        if (_failure is { } failure)
            throw failure;
        var count = Math.Min(data.Length, Room);
        journal.Add(data[..count]);
        return count;
    }

    public void Dispose()
    {
        _open.Set();
        Begun.Dispose();
    }

    /// <summary>A halted write has begun, so what comes now waits behind it.</summary>
    public void AwaitBegun() => Xunit.Assert.True(Begun.Wait(Transcript.DefaultLimit), "nothing was written");
}

/// <summary>All that was written, in order.</summary>
internal sealed class StopJournal
{
    private readonly List<byte> _bytes = [];

    public string Text
    {
        get
        {
            lock (_bytes)
                return Encoding.UTF8.GetString([.. _bytes]);
        }
    }

    public void Add(ReadOnlySpan<byte> bytes)
    {
        lock (_bytes)
            _bytes.AddRange(bytes);
    }
}
