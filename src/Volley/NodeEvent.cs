using Volley.Targets;

namespace Volley;

/// <summary>
/// Something that happened at one target. Per target the order is
/// <c>NodeConnecting? NodeStarted? NodeOutput* NodeFinished</c>, and <see cref="NodeFinished"/> comes exactly once.
/// </summary>
/// <param name="Target">Where it happened.</param>
public abstract record NodeEvent(Target Target);

/// <summary>The target left the queue and is being connected to.</summary>
/// <param name="Target">Where it happened.</param>
public sealed record NodeConnecting(Target Target) : NodeEvent(Target);

/// <summary>The target is connected and authenticated, and its command was started.</summary>
/// <param name="Target">Where it happened.</param>
public sealed record NodeStarted(Target Target) : NodeEvent(Target);

/// <summary>The target sent output.</summary>
/// <param name="Target">Where it happened.</param>
/// <param name="Stream">Which of its streams.</param>
/// <param name="Data">At least one byte, as sent. It is valid until the next event is asked for: who keeps it copies it.</param>
public sealed record NodeOutput(Target Target, StreamKind Stream, ReadOnlyMemory<byte> Data) : NodeEvent(Target)
{
    /// <summary>The pooled array behind <see cref="Data"/>, given back once the reader has moved on.</summary>
    internal byte[]? Rented { get; init; }
}

/// <summary>The target is done: always its last event.</summary>
/// <param name="Target">Where it happened.</param>
/// <param name="Result">How it ended.</param>
public sealed record NodeFinished(Target Target, NodeResult Result) : NodeEvent(Target);

/// <summary>One of a command's two output streams.</summary>
public enum StreamKind
{
    /// <summary>Standard output.</summary>
    Stdout,

    /// <summary>Standard error.</summary>
    Stderr,
}
