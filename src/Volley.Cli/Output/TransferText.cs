namespace Volley.Cli.Output;

/// <summary>Formats the progress of file transfers for people.</summary>
internal static class TransferText
{
    /// <summary>Returns what a node is transferring: <c>dir/data.bin  12 MB of 80 MB</c>. It is one line, which may have any characters.</summary>
    public static string Format(NodeProgress progress)
    {
        var amount = progress.TotalBytes is { } total ? $"{NumberText.Bytes(progress.Bytes)} of {NumberText.Bytes(total)}" : NumberText.Bytes(progress.Bytes);
        return progress.CurrentFile is { Length: > 0 } file ? $"{amount}  {file.Replace('\n', '?')}" : amount;
    }

    /// <summary>Returns what was transferred: <c>3 files, 1.2 MB</c>; empty if nothing was.</summary>
    public static string Format(NodeResult result) => Format(result.TransferredFiles, result.TransferredBytes);

    /// <summary>Returns an amount: <c>3 files, 1.2 MB</c>; empty if it is nothing.</summary>
    public static string Format(long files, long bytes) => (files, bytes) switch
    {
        (0, 0) => "",
        (0, _) => NumberText.Bytes(bytes),
        _ => $"{NumberText.Count(files, "file")}, {NumberText.Bytes(bytes)}",
    };

    /// <summary>Returns a rate: <c>12 MB/s</c>; empty if it can't be told.</summary>
    public static string Rate(long bytes, TimeSpan elapsed) =>
        bytes <= 0 || elapsed <= TimeSpan.Zero ? "" : $"{NumberText.Bytes((long)(bytes / elapsed.TotalSeconds))}/s";
}
