using System.Text;
using Volley.Cli.Terminal;
using Volley.Interop;
using Volley.Interop.Text;

namespace Volley.Cli.Pdsh.Interactive;

/// <summary>
/// The interactive prompt: reads commands and runs them one by one, until the end of the input, <c>exit</c> or <c>quit</c>. A line that
/// begins with <c>!</c> runs on this host. On a terminal, lines can be edited and recalled.
/// </summary>
internal sealed class Prompt(PdshRun run, PdshContext context, TerminalWriter writer)
{
    private const string Text = "pdsh> ";

    public async Task<int> RunAsync()
    {
        var history = History.Open(context);
        using var editor = TerminalCalls.IsTerminal(0) && writer.StdoutIsTerminal ? new LineEditor(Text, history) : null;
        using var input = editor is null ? new SystemTextReader(context.OpenStandardInput()) : null;
        while (true)
        {
            var line = editor is null ? ReadLine(input!) : editor.Read();
            switch (line)
            {
                case null or "exit" or "quit":
                    return writer.Finish(editor is { WasInterrupted: true } ? ExitCodes.ForStop(StopReason.Interrupt)!.Value : 0, "pdsh");
                case ['!', .. var local]:
                    _ = Spawn.RunShell(local);
                    break;
                case var command when command.Trim().Length > 0:
                    var code = await run.RunAsync([command], isLine: true);
                    if (run.WasEnded)
                        return code;
                    break;
            }
        }
    }

    /// <summary>Reads a line from a pipe or a file, and echoes it to make the output readable.</summary>
    private string? ReadLine(SystemTextReader input)
    {
        writer.WriteOut(Encoding.UTF8.GetBytes(Text));
        writer.Flush();
        var line = input.ReadLine();
        if (line is not null)
            writer.PrintOut(line);
        writer.Flush();
        return line;
    }
}
