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
            case NodeRetrying retrying when !_failed.Contains(retrying.Target.Index):
                Keep(retrying);
                break;
            case NodeOutput output when !_failed.Contains(output.Target.Index):
                Append(output);
                break;
            case NodeFinished:
                _finished.Add(nodeEvent.Target.Index);
                Close(nodeEvent.Target);
                break;
        }
    }

    public void Complete(RunSummary summary) => Dispose();

    public void Dispose() => _files.Dispose();

    /// <summary>Renames the files of an attempt that does not count, so that the next one has its own.</summary>
    private void Keep(NodeRetrying retrying)
    {
        Close(retrying.Target);
        try
        {
            _directory.KeepAttempt(retrying.Target.Index, retrying.Result.Retries + 1);
        }
        catch (IOException failure)
        {
            Fail(retrying.Target, StreamKind.Stdout, $"{SystemMessage.Of(failure)}; its further output is not written");
        }
    }

    private void Close(Target target)
    {
        _files.Close(GetNumber(target, StreamKind.Stdout));
        _files.Close(GetNumber(target, StreamKind.Stderr));
    }

    private void Fail(Target target, StreamKind stream, string message)
    {
        _failed.Add(target.Index);
        _writer.PrintErr($"volley: {target.Label}: {_directory.GetPath(target.Index, stream)}: {message}");
    }

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
            Fail(target, StreamKind.Stdout, $"{SystemMessage.Of(failure)}; its output is not written");
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
            Fail(output.Target, output.Stream, $"{SystemMessage.Of(failure)}; the rest of its output is not written");
        }
    }
}
