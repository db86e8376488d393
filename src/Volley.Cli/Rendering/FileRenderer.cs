using Volley.Cli.Terminal;
using Volley.Ssh.Files;
using Volley.Targets;

namespace Volley.Cli.Rendering;

/// <summary><c>--output-dir</c>: what each target sends, byte by byte as it comes, in files of its own.</summary>
internal sealed class FileRenderer : IRenderer, IDisposable
{
    private const int MostOpen = 256;

    private readonly TerminalWriter _writer;
    private readonly OutputFolder _folder;
    private readonly AppendFiles _files;
    private readonly HashSet<int> _failed = [];
    private readonly HashSet<int> _finished = [];

    public FileRenderer(TerminalWriter writer, OutputFolder folder)
    {
        _writer = writer;
        _folder = folder;
        _files = new AppendFiles(MostOpen, number => folder.Open(number / 2, (StreamKind)(number % 2)));
    }

    /// <summary>Whether a file lacks something of what a target sent.</summary>
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
                _files.Close(NumberOf(nodeEvent.Target, StreamKind.Stdout));
                _files.Close(NumberOf(nodeEvent.Target, StreamKind.Stderr));
                break;
        }
    }

    public void Complete(RunSummary summary) => Dispose();

    public void Dispose() => _files.Dispose();

    /// <summary>The target runs again: its files are those of its last run.</summary>
    private void Restart(Target target)
    {
        try
        {
            _folder.Restart(target.Index);
            _failed.Remove(target.Index);
        }
        catch (IOException failure)
        {
            _failed.Add(target.Index);
            _writer.PrintErr($"volley: {target.Label}: {_folder.PathOf(target.Index, StreamKind.Stdout)}: {SystemMessage.Of(failure)}; its output is not written");
        }
    }

    private static int NumberOf(Target target, StreamKind stream) => (target.Index * 2) + (int)stream;

    private void Append(NodeOutput output)
    {
        try
        {
            _files.Append(NumberOf(output.Target, output.Stream), output.Data.Span);
        }
        catch (IOException failure)
        {
            // Once for each node: the next chunk would fail in the same way, and the run goes on without its files.
            _failed.Add(output.Target.Index);
            var path = _folder.PathOf(output.Target.Index, output.Stream);
            _writer.PrintErr($"volley: {output.Target.Label}: {path}: {SystemMessage.Of(failure)}; the rest of its output is not written");
        }
    }
}
