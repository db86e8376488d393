using Microsoft.Extensions.Logging;
using Volley.Cli.Output;

namespace Volley.Cli.Run;

/// <summary>Logs the transport of each target if the user chose it. The automatic transport logs its own choice.</summary>
internal sealed partial class TransportLog(ILogger logger, TransportChoice choice) : IRenderer
{
    private readonly string _reason = $"{choice.GetName()}: requested";

    public void Render(NodeEvent nodeEvent)
    {
        if (nodeEvent is NodeConnecting)
            Log(logger, nodeEvent.Target.Label, _reason);
    }

    public void Complete(RunSummary summary)
    {
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Node}: transport {Transport}")]
    private static partial void Log(ILogger logger, string node, string transport);
}
