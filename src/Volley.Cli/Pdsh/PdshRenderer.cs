using Volley.Cli.Output;
using Volley.Cli.Terminal;

namespace Volley.Cli.Pdsh;

/// <summary>Shows a run as pdsh does: labeled lines, and a message for each process that failed.</summary>
internal sealed class PdshRenderer : IRenderer
{
    private readonly PdshArguments _arguments;
    private readonly PdshTargets _targets;
    private readonly PdshContext _context;
    private readonly TerminalWriter _writer;
    private readonly PdshChildren _children;
    private readonly RunControl _control;
    private readonly LabelledOutput _stdout;
    private readonly LabelledOutput _stderr;

    public PdshRenderer(
        PdshArguments arguments, PdshTargets targets, PdshContext context, TerminalWriter writer, PdshChildren children, RunControl control)
    {
        _arguments = arguments;
        _targets = targets;
        _context = context;
        _writer = writer;
        _children = children;
        _control = control;
        _stdout = new LabelledOutput(writer.WriteOut, targets.GetLabel, arguments.HasLabels, writer.StdoutIsTerminal, PrintMessage);
        _stderr = new LabelledOutput(writer.WriteErr, targets.GetLabel, arguments.HasLabels, writer.StderrIsTerminal, PrintMessage);
    }

    public void Render(NodeEvent nodeEvent)
    {
        switch (nodeEvent)
        {
            case NodeOutput output:
                (output.Stream == StreamKind.Stdout ? _stdout : _stderr).Append(output.Target, output.Data.Span);
                break;
            case NodeFinished finished:
                if (_children.TakeErrors(finished.Target) is { Length: > 0 } errors)
                    _stderr.Append(finished.Target, errors);
                _stdout.Complete(finished.Target);
                _stderr.Complete(finished.Target);
                if (_control.Reason is StopReason.None or StopReason.FailFast)
                    ShowEnd(finished.Target, finished.Result);
                break;
        }
    }

    public void Complete(RunSummary summary)
    {
        if (_control.Reason == StopReason.FailFast)
            PrintMessage("terminating all processes");
        if (_arguments.HasDetails && _control.Reason == StopReason.None)
            ShowDetails(summary);
    }

    /// <summary>Prints the messages for a process that is signaled by the command timeout or by fail-fast.</summary>
    public void ShowSignal(PdshChild child, string signal)
    {
        if (signal != "TERM" || _control.Reason is not (StopReason.None or StopReason.FailFast))
            return;
        var label = _targets.GetLabel(child.Target);
        List<string> lines = [$"sending signal 15 to {label} [{child.Program}] pid {child.ProcessId}"];
        if (child.RcmdType == Rcmd.Ssh)
            lines.Insert(0, $"sending SIGTERM to ssh {label}");
        if (_control.Reason == StopReason.None)
            lines.Insert(0, _context.Prefix($"{label}: command timeout"));
        _writer.PrintErr([.. lines]);
    }

    private void ShowEnd(Target target, NodeResult result)
    {
        if (result.Outcome is NodeOutcome.Canceled or NodeOutcome.NotStarted)
            return;
        var label = _targets.GetLabel(target);
        if (result.Outcome == NodeOutcome.TransferFailed)
            PrintMessage($"{label}: fatal: {Describe(result)}");
        else if (result.Outcome == NodeOutcome.CommandTimedOut && _context.Verb.IsCopy)
            PrintMessage($"{label}: command timeout");
        else if (_context.Verb.IsCopy && result.Succeeded)
            return;
        else if (_children.Find(target) is not { Status: { } status } child)
            PrintMessage($"{label}: {result.Message ?? result.Cause}");
        else if (child.EndedBySignal is { } signal)
            PrintMessage($"{label}: {child.Program} killed by signal {signal}");
        else if (status.ExitCode is > 0 and var code)
            PrintMessage($"{label}: {child.Program} exited with exit code {code}");
    }

    /// <summary>Returns the message of a failed copy, in which errors of the system are written as the system does.</summary>
    private static string Describe(NodeResult result) => result is { Message: { } message, Reason: { Length: > 0 } reason }
        ? message.Replace($": {reason}", $": {char.ToUpperInvariant(reason[0])}{reason[1..]}", StringComparison.Ordinal)
        : result.Message ?? result.Cause;

    private void ShowDetails(RunSummary summary)
    {
        var finished = summary.Results.OfType<NodeResult>().ToList();
        var canceled = finished.Count(result => result.Outcome is NodeOutcome.Canceled or NodeOutcome.NotStarted);
        var times = finished
            .Where(result => result.Outcome is NodeOutcome.Exited or NodeOutcome.Signaled)
            .Select(result => (int)result.Elapsed.TotalSeconds).DefaultIfEmpty().ToList();
        List<string> lines =
        [
            // pdsh's connect time has no equivalent: the process includes the connection.
            "Connect time:  Avg: 0 sec, Min: 0 sec,  Max: 0 sec",
            $"Command time:  Avg: {(int)times.Average()} sec, Min: {times.Min()} sec,  Max: {times.Max()} sec",
            $"Failures:      {finished.Count(result => result.Outcome is not (NodeOutcome.Exited or NodeOutcome.Signaled)) - canceled}",
        ];
        if (canceled > 0)
            lines.Add($"Canceled:      {canceled}");
        _writer.PrintErr([.. lines]);
    }

    private void PrintMessage(string text)
    {
        _stderr.EndLine();
        _writer.PrintErr(_context.Prefix(text));
    }
}
