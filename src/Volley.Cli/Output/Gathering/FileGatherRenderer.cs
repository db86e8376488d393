using System.Globalization;
using System.Security.Cryptography;
using Volley.Cli.Terminal;

namespace Volley.Cli.Output.Gathering;

/// <summary>
/// The renderer of <c>volley pull -g</c>. At the end of the run it prints each file: the content that most nodes have, under their folded names, and
/// the others as differences from it.
/// </summary>
internal sealed class FileGatherRenderer(TerminalWriter writer, Style style, bool hasNames, GatherOptions options) : IRenderer, IDisposable
{
    private const string Rule = "---------------";
    private const string Missing = "no such file";

    /// <summary>A NUL within the first bytes is the sign of a binary file, as for git and grep.</summary>
    private const int SampleLength = 8000;

    private readonly OutputTree _tree = new();
    private readonly SortedDictionary<string, GatheredFile> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<int, (GatheredFile File, GatheredNode Node)> _open = [];
    private readonly List<Target> _succeeded = [];
    private readonly byte[] _buffer = new byte[64 * 1024];

    /// <summary>Whether no node has some file that was asked for.</summary>
    public bool HasFailed => _files.Values.Any(file => file.IsMissing);

    public void Render(NodeEvent nodeEvent)
    {
        switch (nodeEvent)
        {
            case NodeFile file:
                Close(file.Target);
                Open(file);
                break;
            case NodeOutput { Stream: StreamKind.Stderr } message:
                foreach (var line in System.Text.Encoding.UTF8.GetString(message.Data.Span).Split('\n', StringSplitOptions.RemoveEmptyEntries))
                    writer.PrintErr($"{message.Target.Label}: {SafeText.Escape(line)}");
                break;
            case NodeOutput output when _open.TryGetValue(output.Target.Index, out var open):
                open.Node.Stdout = _tree.Append(open.Node.Stdout, output.Data.Span);
                break;
            case NodeFinished finished:
                // After any other end, the last file may be incomplete.
                if (finished.Result.Outcome is NodeOutcome.Exited or NodeOutcome.TransferFailed)
                    Close(finished.Target);
                _open.Remove(finished.Target.Index);
                if (finished.Result.Succeeded)
                    _succeeded.Add(finished.Target);
                break;
        }
    }

    public void Complete(RunSummary summary)
    {
        // The files of a directory stand for it, unless other nodes have a file in its place.
        foreach (var path in _files.Where(file => file.Value.IsDirectory).Select(file => file.Key).ToList())
            _files.Remove(path);
        foreach (var (path, file) in _files)
        {
            file.AddMissing(_succeeded, Missing);
            WriteFile(path, file);
        }

        Dispose();
    }

    public void Dispose() => _tree.Dispose();

    private void Open(NodeFile file)
    {
        if (!_files.TryGetValue(file.Path, out var gathered))
            _files[file.Path] = gathered = new GatheredFile();
        if (file.Failure is null)
            _open[file.Target.Index] = (gathered, new GatheredNode(file.Target, _tree.Root));
        else
            gathered.AddFailure(file.Target, file.Failure);
    }

    private void Close(Target target)
    {
        if (_open.Remove(target.Index, out var open))
            open.File.Add(open.Node);
    }

    private void WriteFile(string path, GatheredFile file)
    {
        var groups = file.GetGroups(options.Sort);
        if (options.ShowsDifferences && groups.Count == 1 && file.Failures.Count == 0)
            return;
        if (_files.Count > 1)
            writer.PrintOut(style.Label($"==> {SafeText.Escape(path)} <=="));
        var model = groups.OrderByDescending(group => group.Count).ThenBy(group => group.First.Target.Index).FirstOrDefault();
        foreach (var group in groups.OrderByDescending(group => group == model))
        {
            WriteNames(group.Names, group.Count, group.First.HasOutput ? "" : " empty");
            if (IsBinary(group))
                writer.PrintOut(Describe(group));
            else if (group == model || IsBinary(model!))
                WriteContent(group, isModel: group == model);
            else
                new GatherDiff(writer, style).Write(model!, group);
        }

        foreach (var (reason, targets) in file.Failures)
            WriteNames(HostList.Fold(
                targets.OrderBy(target => target.Index).Select(target => target.Label)), targets.Count, $" {style.Bad(SafeText.Escape(reason))}");
    }

    private void WriteNames(string names, int count, string note)
    {
        if (!hasNames)
            return;
        writer.PrintOut(style.Faint(Rule));
        writer.PrintOut(string.Create(CultureInfo.InvariantCulture, $"{style.Label(names)} ({count}){note}"));
        writer.PrintOut(style.Faint(Rule));
    }

    private void WriteContent(GatheredGroup group, bool isModel)
    {
        // With --diff only what differs is shown.
        if (isModel && options.ShowsDifferences)
            return;
        var block = new OutputBlock(writer, style) { EndsLastLine = hasNames };
        Read(group, part => block.Append(StreamKind.Stdout, part));
        block.Complete();
    }

    private bool IsBinary(GatheredGroup group)
    {
        var count = group.First.Stdout.Path().Read(0, _buffer.AsSpan(0, SampleLength));
        return _buffer.AsSpan(0, count).Contains((byte)0);
    }

    private string Describe(GatheredGroup group)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Read(group, hash.AppendData);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"binary file, {NumberText.Count(group.First.Stdout.Length, "byte")}, sha256 {Convert.ToHexStringLower(hash.GetHashAndReset())}");
    }

    private void Read(GatheredGroup group, ReadPart use)
    {
        var (path, position) = (group.First.Stdout.Path(), 0L);
        while (path.Read(position, _buffer) is > 0 and var count)
        {
            use(_buffer.AsSpan(0, count));
            position += count;
        }
    }

    private delegate void ReadPart(ReadOnlySpan<byte> part);
}
