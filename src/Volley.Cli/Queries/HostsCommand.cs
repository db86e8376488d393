using System.Globalization;
using Volley.Cli.Options;
using Volley.Cli.Terminal;
using Volley.Inventory;

namespace Volley.Cli.Queries;

/// <summary>The command <c>volley hosts</c>: expands, folds or counts hosts.</summary>
/// <param name="request">The request.</param>
/// <param name="writer">The destination.</param>
/// <param name="openStandardInput">Opens standard input.</param>
internal sealed class HostsCommand(HostsRequest request, TerminalWriter writer, Func<Stream> openStandardInput)
{
    public async Task<int> RunAsync()
    {
        using var reader = new ProgramEnvironment.DeferredReader(openStandardInput);
        var expressions = request.Expressions.Count > 0 ? request.Expressions : [HostExpression.Parse("-")];
        var calculator = await HostCalculator.EvaluateAsync(expressions, request.Sources.Get(expressions), new HostInput(reader));
        foreach (var warning in request.Sources.Warnings)
            writer.PrintErr(warning);
        switch (request.Form)
        {
            case HostsForm.Count:
                writer.PrintOut(calculator.Count.ToString(CultureInfo.InvariantCulture));
                break;
            case HostsForm.Folded:
                writer.PrintOut(calculator.Fold());
                break;
            default:
                Expand(calculator);
                break;
        }

        return 0;
    }

    private void Expand(HostCalculator calculator)
    {
        if (!writer.StdoutIsTerminal)
        {
            using var output = new BulkOutput(writer);
            calculator.Expand(output, request.Separator);
            output.Write('\n');
            return;
        }

        var text = new StringWriter(CultureInfo.InvariantCulture);
        calculator.Expand(text, request.Separator);
        writer.PrintOut(text.ToString());
    }
}
