using System.ComponentModel;
using System.Text;
using Volley.Cli.Pdsh.Copying;
using Volley.Cli.Pdsh.Hosts;
using Volley.Cli.Pdsh.Interactive;
using Volley.Cli.Terminal;
using Volley.Interop.Text;

namespace Volley.Cli.Pdsh;

/// <summary>The front ends named <c>pdsh</c>, <c>pdcp</c> and <c>rpdcp</c>.</summary>
/// <param name="verb">What it does.</param>
/// <param name="calledAs">The name by which the program was called.</param>
/// <param name="writer">The destination.</param>
internal sealed class PdshProgram(PdshVerb verb, string calledAs, TerminalWriter writer)
{
    public async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        var context = new PdshContext
        {
            Variable = SystemEnvironment.Variable,
            Verb = verb,
            CalledAs = calledAs,
            Warn = line => writer.PrintErr(line),
        };
        try
        {
            return await RunAsync(PdshArguments.Parse(arguments, context), context);
        }
        catch (PdshException wrong)
        {
            foreach (var line in wrong.Lines)
                writer.PrintErr(line);
            return ExitCodes.Failure;
        }
        finally
        {
            writer.Flush();
        }
    }

    private async Task<int> RunAsync(PdshArguments arguments, PdshContext context)
    {
        switch (arguments.Information)
        {
            case PdshInformation.Version:
                return Print(Modules.Version(verb));
            case PdshInformation.Modules:
                return Print(Modules.Describe(arguments, context));
            case PdshInformation.Test:
                return await TestAsync(arguments.Test);
            case PdshInformation.Help:
                throw new PdshException([.. UsageText.Lines(arguments, context)]);
        }

        if (arguments.IsSink || arguments.IsSource)
            return new CopyServer(arguments, context, writer).Run();
        var copy = verb.IsCopy ? new CopyOperands(arguments, context) : null;
        var selection = new HostSelection(arguments, context);
        var targets = new PdshTargets(copy is null ? await selection.SelectAsync() : await copy.CheckAsync(selection), arguments.KeepsDomains);
        if (arguments.ListsSettings)
            return Print(PdshSettings.Lines(arguments, targets, context));
        targets.CheckForSsh(arguments.RcmdType, context);
        var run = new PdshRun(arguments, targets, context, writer, TimeProvider.System);
        if (copy is not null)
            return await run.CopyAsync(copy.CreateJob(targets.All));
        return arguments.Command.Count > 0
            ? await run.RunAsync(arguments.Command)
            : await new Prompt(run, context, writer).RunAsync();
    }

    private int Print(IEnumerable<string> lines)
    {
        foreach (var line in lines)
            writer.PrintOut(line);
        return writer.Finish(0, verb.ProgramName);
    }

    /// <summary>Runs a test of <c>-T</c>: 0 checks the system's error messages, 1 checks that a local program can be run.</summary>
    private async Task<int> TestAsync(int number)
    {
        if (number is not (0 or 1))
            throw new PdshException($"{verb.ProgramName}: Test {number} unknown");
        var (name, isPassed) = number == 0
            ? ("xstrerrorcat", new Win32Exception(2).Message == "No such file or directory")
            : ("pipecmd", await EchoesAsync("pipecmd"));
        writer.PrintOut($"{verb.ProgramName}: Test {number}: {name}: {(isPassed ? "PASS" : "FAIL")}");
        return writer.Finish(isPassed ? 0 : ExitCodes.Failure, verb.ProgramName);
    }

    private static async Task<bool> EchoesAsync(string text)
    {
        await using var process = LocalProcess.Start(["echo", text]);
        var buffer = new byte[256];
        var length = 0;
        while (await process.ReadAsync(buffer.AsMemory(length), CancellationToken.None) is { Count: > 0 and var count })
            length += count;
        return await process.WaitForExitAsync(CancellationToken.None) is { ExitCode: 0 } && Encoding.UTF8.GetString(buffer, 0, length) == text + "\n";
    }
}
