using Spectre.Console;
using Spectre.Console.Rendering;
using Volley.Cli.Terminal;

namespace Volley.Cli.Rendering;

/// <summary>Draws the progress of a run as lines of text.</summary>
internal sealed class ProgressView
{
    private readonly TimeProvider _time;
    private readonly Canvas _canvas = new();
    private readonly IAnsiConsole _console;
    private readonly ProgressTask _task;
    private readonly ProgressBarColumn _bar = new();
    private readonly PercentageColumn _percentage = new();
    private readonly RemainingTimeColumn _remaining = new();

    public ProgressView(Terminal.Style style, int total, TimeProvider time)
    {
        _time = time;
        _task = new ProgressTask(0, "run", Math.Max(total, 1), autoStart: true, time);
        _console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            ColorSystem = style.IsOn ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = _canvas,
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
        });
    }

    /// <summary>One line for the run, then one for each of the nodes.</summary>
    public string[] Draw(int columns, int finished, RunCounts counts, IEnumerable<RunningNode> nodes)
    {
        // The last column stays free: a terminal that wraps there would break the count of lines.
        _canvas.Width = Math.Max(columns - 1, 1);
        _bar.Width = Math.Clamp(columns / 3, 4, 40);
        _task.Value = finished;
        var options = RenderOptions.Create(_console, _console.Profile.Capabilities);

        var run = new Grid { Expand = false };
        for (var i = 0; i < 5; i++)
            run.AddColumn(new GridColumn { NoWrap = true, Padding = new Padding(0, 0, 1, 0) });
        run.AddRow(
            new Text($"{finished}/{(int)_task.MaxValue}"),
            _bar.Render(options, _task, TimeSpan.Zero),
            _percentage.Render(options, _task, TimeSpan.Zero),
            _remaining.Render(options, _task, TimeSpan.Zero),
            new Text(counts.Failed > 0 ? $"{counts.Running} running, {counts.Failed} failed" : $"{counts.Running} running"));
        var lines = new List<string>(Lines(run, 1));

        foreach (var node in nodes)
        {
            var duration = Words.Seconds(_time.GetElapsedTime(node.Since));
            var text = $"  {node.Target.Label}  {duration}{(node.IsConnected ? "" : "  connecting")}";
            lines.AddRange(Lines(new Text(SafeText.Escape(text)) { Overflow = Overflow.Ellipsis }, 1));
        }

        return [.. lines];
    }

    private string[] Lines(IRenderable renderable, int count)
    {
        _console.Write(renderable);
        return [.. _canvas.Take().Split('\n', StringSplitOptions.RemoveEmptyEntries).Take(count).Select(line => line.TrimEnd('\r', ' '))];
    }

    /// <summary>What Spectre.Console draws on: text that we write ourselves, where and when it fits between the output.</summary>
    private sealed class Canvas : IAnsiConsoleOutput
    {
        public TextWriter Writer { get; } = new StringWriter();

        public bool IsTerminal => true;

        public int Width { get; set; } = 80;

        public int Height => 24;

        public void SetEncoding(System.Text.Encoding encoding)
        {
        }

        public string Take()
        {
            var text = ((StringWriter)Writer).GetStringBuilder();
            var taken = text.ToString();
            text.Clear();
            return taken;
        }
    }
}
