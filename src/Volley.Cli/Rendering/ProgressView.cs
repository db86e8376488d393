using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;
using Volley.Cli.Terminal;

namespace Volley.Cli.Rendering;

/// <summary>Draws the progress of a run as lines of text.</summary>
internal sealed class ProgressView
{
    private const int NarrowestBar = 4;
    private const int WidestBar = 40;

    private readonly TimeProvider _time;
    private readonly long _began;
    private readonly int _total;
    private readonly bool _isAscii;
    private readonly Canvas _canvas = new();
    private readonly IAnsiConsole _console;
    private readonly ProgressTask _task;
    private readonly ProgressBarColumn _bar = new();

    public ProgressView(Terminal.Style style, int total, TimeProvider time)
    {
        _time = time;
        _began = time.GetTimestamp();
        _total = total;
        _isAscii = style.IsAscii;
        _task = new ProgressTask(0, "run", Math.Max(total, 1), autoStart: true, time);
        _console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            ColorSystem = style.IsOn ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = _canvas,
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
        });
        _console.Profile.Capabilities.Unicode = !_isAscii;
    }

    /// <summary>One line for the run, then one for each of the nodes.</summary>
    public string[] Draw(int columns, int finished, RunCounts counts, IEnumerable<RunningNode> nodes)
    {
        // The last column stays free: a terminal that wraps there would break the count of lines.
        _canvas.Width = Math.Max(columns - 1, 1);
        var lines = new List<string> { Line(Run(finished, counts)) };
        foreach (var node in nodes)
        {
            var duration = Words.Seconds(_time.GetElapsedTime(node.Since));
            var text = Text($"{node.Target.Label}  {duration}{(node.IsConnected ? "" : "  connecting")}");
            lines.Add(Line(new Padder(text, new Padding(2, 0, 0, 0))));
        }

        return [.. lines];
    }

    /// <summary>How many are done, a bar, and the rest as far as it fits; what is least missed goes first.</summary>
    private IRenderable Run(int finished, RunCounts counts)
    {
        var (rate, remaining) = Pace(finished);
        var done = $"{finished}/{_total}";
        var percentage = $"{100L * finished / Math.Max(_total, 1),3}%";
        var states = counts.Failed > 0 ? $"{counts.Running} running, {counts.Failed} failed" : $"{counts.Running} running";
        foreach (var parts in new[] { [percentage, rate, remaining, states], [percentage, remaining, states], [percentage, states], new[] { states } })
        {
            string[] shown = [.. parts.Where(part => part.Length > 0)];
            // One blank in front of the bar, and of each part.
            var room = _canvas.Width - done.Length - 1 - shown.Sum(part => part.Length + 1);
            if (room >= NarrowestBar)
                return WithBar(done, Math.Min(room, WidestBar), finished, shown);
        }

        return Text($"{done} {states}");
    }

    private Grid WithBar(string done, int width, int finished, string[] parts)
    {
        _bar.Width = width;
        _task.Value = finished;
        var grid = new Grid { Expand = false };
        for (var i = 0; i < parts.Length + 2; i++)
            grid.AddColumn(new GridColumn { NoWrap = true, Padding = new Padding(0, 0, i <= parts.Length ? 1 : 0, 0) });
        var bar = _bar.Render(RenderOptions.Create(_console, _console.Profile.Capabilities), _task, TimeSpan.Zero);
        return grid.AddRow([new Text(done), bar, .. parts.Select(part => new Text(part))]);
    }

    /// <summary>How many are done a second, or a minute, and how long the rest will take at that; nothing before one is done, or when all are.</summary>
    private (string Rate, string Remaining) Pace(int finished)
    {
        var elapsed = _time.GetElapsedTime(_began).TotalSeconds;
        if (finished == 0 || finished >= _total || elapsed <= 0)
            return ("", "");
        var perSecond = finished / elapsed;
        var rate = perSecond >= 1
            ? string.Create(CultureInfo.InvariantCulture, $"{(perSecond < 10 ? Math.Round(perSecond, 1) : Math.Round(perSecond))}/s")
            : string.Create(CultureInfo.InvariantCulture, $"{Math.Max(Math.Round(perSecond * 60), 1)}/min");
        return (rate, $"{Words.Clock(TimeSpan.FromSeconds(Math.Min((_total - finished) / perSecond, 360_000)))} left");
    }

    private Text Text(string text) => new(SafeText.Escape(text)) { Overflow = _isAscii ? Overflow.Crop : Overflow.Ellipsis };

    private string Line(IRenderable renderable)
    {
        _console.Write(renderable);
        var lines = _canvas.Take().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return lines.Length == 0 ? "" : lines[0].TrimEnd('\r', ' ');
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
