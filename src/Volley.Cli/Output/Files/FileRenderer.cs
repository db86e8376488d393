using Volley.Cli.Terminal;
using Volley.Interop;

namespace Volley.Cli.Output.Files;

/// <summary>The renderer of <c>--output-dir</c>. It appends each target's output, byte for byte, to the target's own files as it arrives.</summary>
internal sealed class FileRenderer : IRenderer, IDisposable
{
    private const int MaxOpenFiles = 256;

    private readonly TerminalWriter _writer;
    private readonly OutputDirectory _directory;
    private readonly AppendFiles _files;
    private readonly HashSet<int> _failed = [];
    private readonly HashSet<int> _finished = [];

    public FileRenderer(TerminalWriter writer, OutputDirectory directory)
    {
        _writer = writer;
        _directory = directory;
        _files = new AppendFiles(MaxOpenFiles, number => directory.Open(number / 2, (StreamKind)(number % 2)));
    }

    /// <summary>Whether a file misses part of a target's output.</summary>
    public bool HasFailed => _failed.Count > 0;

    public void Render(NodeEvent nodeEvent)
    {
        switch (nodeEvent)
        {
            case NodeConnecting when _finished.Remove(nodeEvent.Target.Index):
                Restart(nodeEvent.Target);
                break;
            case NodeOutput output when !_failed.Contains(output.Target.Index):
                Append(output);
                break;
            case NodeFinished:
                _finished.Add(nodeEvent.Target.Index);
                _files.Close(GetNumber(nodeEvent.Target, StreamKind.Stdout));
                _files.Close(GetNumber(nodeEvent.Target, StreamKind.Stderr));
                break;
        }
    }

    public void Complete(RunSummary summary) => Dispose();

    public void Dispose() => _files.Dispose();

    /// <summary>Empties the files of a target that runs again: they hold the output of the last run only.</summary>
    private void Restart(Target target)
    {
        try
        {
            _directory.Restart(target.Index);
            _failed.Remove(target.Index);
        }
        catch (IOException failure)
        {
            _failed.Add(target.Index);
            var path = _directory.GetPath(target.Index, StreamKind.Stdout);
            _writer.PrintErr($"volley: {target.Label}: {path}: {SystemMessage.Of(failure)}; its output is not written");
        }
    }

    private static int GetNumber(Target target, StreamKind stream) => (target.Index * 2) + (int)stream;

    private void Append(NodeOutput output)
    {
        try
        {
            _files.Append(GetNumber(output.Target, output.Stream), output.Data.Span);
        }
        catch (IOException failure)
        {
            // Report the first failure of a node only, since each later chunk would fail in the same way. The run continues.
            _failed.Add(output.Target.Index);
            var path = _directory.GetPath(output.Target.Index, output.Stream);
            _writer.PrintErr($"volley: {output.Target.Label}: {path}: {SystemMessage.Of(failure)}; the rest of its output is not written");
        }
    }
}
