using System.Buffers;
using System.Globalization;
using System.Text.RegularExpressions;
using Volley.Cli.Buffers;
using Volley.Cli.Output;
using Volley.Cli.Terminal;
using Volley.Interop.Text;
using Volley.Rollout;

namespace Volley.Cli.Journal.Queries;

/// <summary>The command <c>volley grep</c>: prints the lines of output that match a pattern, with their run and host.</summary>
/// <param name="request">The request.</param>
/// <param name="writer">The destination.</param>
internal sealed class GrepCommand(GrepRequest request, TerminalWriter writer)
{
    private long _omitted;

    /// <summary>Returns 0 if a line matches, 1 if none does, and 2 if a run can't be read.</summary>
    /// <exception cref="UsageException">There is no such run.</exception>
    public int Run()
    {
        var runs = request.Runs.Count > 0 ? [.. request.Runs.Select(run => RunLookup.Find(request.Journal, run))] : request.Journal.List();
        var (isFound, hasFailed) = (false, false);
        foreach (var run in runs)
        {
            try
            {
                isFound |= Search(run);
            }
            catch (JournalException unreadable)
            {
                // One damaged run does not hide the others.
                writer.PrintErr($"volley: {unreadable.Message}");
                hasFailed = true;
            }
        }

        if (_omitted > 0)
            writer.PrintErr($"volley: {NumberText.Count(_omitted, "byte")} of output are not in the journal, and were not searched");
        return hasFailed ? ExitCodes.Usage : isFound ? 0 : ExitCodes.Failure;
    }

    private bool Search(JournalSummary run)
    {
        var streams = new Dictionary<(int Index, StreamKind Stream), (LineBuffer Buffer, Matches Sink)>();
        var number = run.Number.ToString(CultureInfo.InvariantCulture);
        var isFound = false;
        try
        {
            var reader = request.Journal.Read(run);
            // A search of all runs finds the hosts that a run did not repeat in the run before.
            foreach (var record in request.Runs.Count > 0 ? reader.ReadAllEvents() : reader.ReadEvents())
            {
                switch (record)
                {
                    case JournalEvent { Event: NodeOutput output }:
                        var (buffer, sink) = Get(output.Target, output.Stream);
                        buffer.Append(output.Data.Span, sink);
                        break;
                    // The lines before and after a gap are not one line.
                    case JournalOmission gap:
                        Complete(gap.Target.Index, gap.Stream);
                        _omitted += gap.Bytes;
                        break;
                    case JournalEvent { Event: NodeFinished finished }:
                        Complete(finished.Target.Index, StreamKind.Stdout);
                        Complete(finished.Target.Index, StreamKind.Stderr);
                        break;
                }
            }

            foreach (var (index, stream) in streams.Keys.ToArray())
                Complete(index, stream);
        }
        finally
        {
            foreach (var (buffer, _) in streams.Values)
                buffer.Dispose();
        }

        return isFound;

        (LineBuffer Buffer, Matches Sink) Get(Target target, StreamKind stream) => streams.TryGetValue((target.Index, stream), out var found)
            ? found
            : streams[(target.Index, stream)] = (new LineBuffer(), new Matches(request.Pattern, line =>
            {
                isFound = true;
                writer.PrintOut($"{number} {target.Label}: {line}");
            }));

        void Complete(int index, StreamKind stream)
        {
            if (!streams.Remove((index, stream), out var ended))
                return;
            ended.Buffer.Complete(ended.Sink);
            ended.Buffer.Dispose();
        }
    }

    /// <summary>Passes on the lines that match.</summary>
    private sealed class Matches(Regex pattern, Action<string> take) : ILineSink
    {
        private readonly ArrayBufferWriter<byte> _line = new();

        public void BeginLine() => _line.ResetWrittenCount();

        public void Write(ReadOnlySpan<byte> piece) => _line.Write(piece);

        public void EndLine()
        {
            var text = SystemText.Decode(_line.WrittenSpan.TrimEnd((byte)'\n'));
            if (pattern.IsMatch(text))
                take(text);
        }
    }
}
