using System.Buffers;

namespace Volley.Ssh.Sessions;

/// <summary>Collects the output of a process.</summary>
/// <param name="maxLength">The largest number of bytes of both streams.</param>
internal struct OutputCollector(int maxLength)
{
    private ArrayBufferWriter<byte>? _stdout;
    private ArrayBufferWriter<byte>? _stderr;

    public readonly ReadOnlyMemory<byte> Stdout => _stdout?.WrittenMemory ?? default;

    public readonly ReadOnlyMemory<byte> Stderr => _stderr?.WrittenMemory ?? default;

    /// <summary>Adds bytes.</summary>
    /// <exception cref="SshException">There are too many (<see cref="SshFailure.OutputTooLarge"/>).</exception>
    public void Add(SshStreamKind stream, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > maxLength - Stdout.Length - Stderr.Length)
            throw new SshException(SshFailure.OutputTooLarge, $"the output has more than {maxLength} bytes");
        ref var writer = ref stream is SshStreamKind.Stdout ? ref _stdout : ref _stderr;
        (writer ??= new(bytes.Length)).Write(bytes);
    }
}
