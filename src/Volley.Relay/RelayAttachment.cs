namespace Volley.Relay;

/// <summary>A run that a program may attach to.</summary>
/// <param name="Run">The run.</param>
/// <param name="Entry">What the first controller has stored as <see cref="RelayRunOptions.Entry"/>.</param>
public sealed record RelayAttachment(RelayRunInfo Run, ReadOnlyMemory<byte> Entry);
