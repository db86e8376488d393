using Volley.Cli.Terminal;

namespace Volley.Cli.Output.Gathering;

/// <summary>
/// The renderer of output <c>gather</c>. At the end of the run it prints each distinct result once, under the folded names of its nodes.
/// </summary>
internal sealed class GatherRenderer : IRenderer, IDisposable
{
    private const string Rule = "---------------";

    private readonly TerminalWriter _writer;
    private readonly Style _style;
    private readonly bool _hasNames;
    private readonly GatherOptions _options;
    private readonly RunPlan _plan;
    private GatheredOutput _gathered = new();
    private LiveLines? _live;
    private readonly OutputBlock _liveBlock;
    private readonly bool _endsLastLine;
    private readonly byte[] _buffer = new byte[64 * 1024];
    // The groups of the nodes that have ended and may run again.
    private readonly Dictionary<int, GatheredGroup> _ended = [];
    private readonly bool _keepsEnded;
    private bool _hasWritten;

    /// <param name="writer">The destination.</param>
    /// <param name="style">The colors of standard output.</param>
    /// <param name="hasNames">Whether groups have their names above them.</param>
    /// <param name="options">The options.</param>
    /// <param name="plan">The plan of the run.</param>
    /// <param name="nodesRunAgain">Whether a node that has ended may run again, as in the terminal UI.</param>
    public GatherRenderer(TerminalWriter writer, Style style, bool hasNames, GatherOptions options, RunPlan plan, bool nodesRunAgain = false)
    {
        _keepsEnded = nodesRunAgain;
        _writer = writer;
        _style = style;
        _hasNames = hasNames;
        _options = options;
        _plan = plan;
        _endsLastLine = hasNames || plan.Targets.Length > 1;
        _liveBlock = new OutputBlock(writer, style);
        if (options.IsLive)
            _live = new LiveLines(Math.Min(plan.MaxConcurrency, plan.Targets.Length), ShowLive);
    }

    public void Render(NodeEvent nodeEvent)
    {
        switch (nodeEvent)
        {
            case NodeConnecting:
                // In the terminal UI a node can run again; its last result counts.
                if (_ended.Remove(nodeEvent.Target.Index, out var earlier))
                    _gathered.Remove(nodeEvent.Target, earlier);
                _live?.Start(_gathered.GetOrAddNode(nodeEvent.Target));
                break;
            case NodeOutput output:
                Append(output);
                _live?.Append(_gathered.GetOrAddNode(output.Target), output.Stream, output.Data.Span);
                break;
            case NodeRetrying retrying:
                var failed = _gathered.GetOrAddNode(retrying.Target);
                _gathered.Finish(retrying.Target, retrying.Result, RetryText.Attempt(retrying.Result, _plan));
                _live?.Replace(failed, _gathered.GetOrAddNode(retrying.Target));
                break;
            case NodeChecked { Result.Succeeded: false } check:
                var moved = _gathered.Replace(check.Target, check.Result);
                if (_keepsEnded)
                    _ended[check.Target.Index] = moved;
                break;
            case NodeFinished finished:
                _live?.Finish(_gathered.GetOrAddNode(finished.Target));
                var group = _gathered.Finish(finished.Target, finished.Result);
                if (_keepsEnded)
                    _ended[finished.Target.Index] = group;
                break;
        }
    }

    public void Complete(RunSummary summary)
    {
        WriteGroups();
        Dispose();
    }

    public void Dispose() => _gathered.Dispose();

    private void Append(NodeOutput output)
    {
        try
        {
            _gathered.Append(output);
        }
        catch (IOException full)
        {
            // When no more can be buffered, results in parts are better than lost results.
            _writer.PrintErr($"volley: results are printed in parts: {Remedies.GetMessage(full)}");
            _gathered.CutShort();
            WriteGroups();
            _live = null;
            _gathered.Dispose();
            _ended.Clear();
            _gathered = new GatheredOutput();
            _gathered.Append(output);
        }
    }

    private void WriteGroups()
    {
        var groups = _gathered.Groups(_options.Sort);
        var model = _options.ShowsDifferences
            ? groups.Where(group => group.Succeeded).OrderByDescending(group => group.Count).ThenBy(group => group.First.Target.Index).FirstOrDefault()
            : null;
        _hasWritten |= _live is { HasShown: true };
        foreach (var group in groups)
        {
            var isRest = groups.Count == 1 && _live is { HasShown: true };
            var parts = isRest ? Rest(group) : All(group);
            WriteNames(group, isRest ? parts.Count == 0 ? ", shown above" : ", the rest" : ", in full");
            if (model is not null && IsComparable(group) && group != model)
                WriteDifference(model, group);
            else
                WriteParts(group, parts);
        }
    }

    private void ShowLive(GatheredNode node, StreamKind stream, long from, long to) =>
        Write(_liveBlock, stream, node.GetOutput(stream).Path(), from, to);

    /// <summary>
    /// Whether a difference is useful. It is not for nodes that could not run or still run, where nearly all lines would be missing.
    /// </summary>
    private static bool IsComparable(GatheredGroup group) =>
        group.Result is { Outcome: NodeOutcome.Exited } || (group.Result is not null && group.First.HasOutput);

    private static List<(StreamKind Stream, long From, long To)> All(GatheredGroup group) =>
        [.. group.First.Order.Parts(group.First.Stdout.Length, group.First.Stderr.Length).Where(part => part.From < part.To)];

    private List<(StreamKind Stream, long From, long To)> Rest(GatheredGroup group) =>
    [
        .. All(group).SelectMany(part => _live!.NotShown(part.Stream, part.From, part.To).Select(rest => (part.Stream, rest.From, rest.To))),
    ];

    private void WriteNames(GatheredGroup group, string liveNote)
    {
        if (!_hasNames)
            return;
        var attempt = group.Attempt is null ? "" : $" {group.Attempt}";
        var cause = attempt + (group.Succeeded ? "" : $" {_style.Bad(group.Result?.Cause ?? "still running")}");
        var note = !group.First.HasOutput || _live is not { HasShown: true } ? "" : _style.Faint(liveNote);
        _writer.PrintOut(_style.Faint(Rule));
        _writer.PrintOut($"{_style.Label(group.Names)} ({group.Count}){cause}{note}");
        _writer.PrintOut(_style.Faint(Rule));
    }

    private void WriteParts(GatheredGroup group, List<(StreamKind Stream, long From, long To)> parts)
    {
        if (parts.Count == 0)
            return;
        Separate();
        var block = new OutputBlock(_writer, _style) { EndsLastLine = _endsLastLine };
        var (stdout, stderr) = (group.First.Stdout.Path(), group.First.Stderr.Path());
        foreach (var (stream, from, to) in parts)
            Write(block, stream, stream == StreamKind.Stdout ? stdout : stderr, from, to);
        block.Complete();
    }

    private void WriteDifference(GatheredGroup model, GatheredGroup group)
    {
        Separate();
        new GatherDiff(_writer, _style).Write(model, group);
    }

    /// <summary>Separates groups with an empty line if they have no names.</summary>
    private void Separate()
    {
        if (!_hasNames && _hasWritten)
            _writer.WriteOut("\n"u8);
        _hasWritten = true;
    }

    private void Write(OutputBlock block, StreamKind stream, OutputPath path, long from, long to)
    {
        while (from < to)
        {
            var count = path.Read(from, _buffer.AsSpan(0, (int)Math.Min(_buffer.Length, to - from)));
            block.Append(stream, _buffer.AsSpan(0, count));
            from += count;
        }
    }
}
