namespace Volley.Scripts;

/// <summary>A command whose output may begin with the report that its directory can't be entered. The report is not passed on.</summary>
/// <param name="inner">The command.</param>
/// <param name="path">The directory.</param>
/// <param name="stream">The stream that has the report: standard output if a terminal merges both.</param>
internal sealed class DirectoryWatch(IRemoteProcess inner, string path, StreamKind stream) : IRemoteProcess
{
    private byte[] _held = [];
    private string? _failure;

    /// <summary>Why the directory can't be entered; null if the command runs.</summary>
    public string? Failure => _failure ?? (inner as DirectoryWatch)?.Failure;

    public bool HasLostOutput => inner.HasLostOutput;

    public bool HasSurvivors => inner.HasSurvivors;

    public bool HasArguments => inner.HasArguments;

    public async ValueTask<OutputRead> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            var held = buffer.Length > _held.Length ? _held.Length : 0;
            var read = await inner.ReadAsync(buffer[held..], cancellationToken).ConfigureAwait(false);
            if (read.Count > 0 && read.Stream != stream)
            {
                buffer.Slice(held, read.Count).CopyTo(buffer);
                return read;
            }

            _held.AsSpan(0, held).CopyTo(buffer.Span);
            _held = _held[held..];
            var count = read.Count > 0 ? Pass(buffer.Span[..(held + read.Count)]) : held;
            if (count > 0 || read.Count == 0)
                return new OutputRead(count == 0 ? read.Stream : stream, count);
        }
    }

    public ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken) => inner.WriteAsync(data, cancellationToken);

    public void CloseInput() => inner.CloseInput();

    public ValueTask SendSignalAsync(string signal, CancellationToken cancellationToken) => inner.SendSignalAsync(signal, cancellationToken);

    public ValueTask<ExitStatus> WaitForExitAsync(CancellationToken cancellationToken) => inner.WaitForExitAsync(cancellationToken);

    public ValueTask<bool> SettleAsync(CancellationToken cancellationToken) => inner.SettleAsync(cancellationToken);

    public ValueTask<bool> ConfirmEndedAsync(TimeSpan wait, CancellationToken cancellationToken) => inner.ConfirmEndedAsync(wait, cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    /// <summary>Returns the length of the beginning of the data that is passed on. What may begin a report is held until more arrives.</summary>
    private int Pass(ReadOnlySpan<byte> data)
    {
        var mark = WorkingDirectory.Mark.AsSpan();
        var start = data.IndexOf(mark[0]);
        while (start >= 0)
        {
            var rest = data[start..];
            if (rest.Length > mark.Length && rest.StartsWith(mark))
            {
                _failure = WorkingDirectory.Explain(path, rest[mark.Length]);
                return start;
            }

            if (rest.Length <= mark.Length && mark.StartsWith(rest))
            {
                _held = rest.ToArray();
                return start;
            }

            var next = rest[1..].IndexOf(mark[0]);
            start = next < 0 ? -1 : start + 1 + next;
        }

        return data.Length;
    }
}
