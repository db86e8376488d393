using Volley;

namespace Samples;

internal static class OwnTransports
{
    public static async Task ProgramAsync()
    {
        #region program
        // In a container: ["podman", "exec", "-i", target.Host, .. command.Arguments]
        await using var transport = new ExecTransport((target, command) => ["env", $"CONTAINER={target.Host}", .. command.Arguments]);
        var host = await new ParallelExecutor(transport).RunToEndAsync(new Target("box1"), CommandJob.Shell("echo in $CONTAINER"));
        Console.Write(host.Stdout);
        #endregion
    }

    public static async Task RetriesAsync()
    {
        #region retries
        await using var flaky = new FlakyTransport(new ExecTransport());
        await using var transport = new PacedTransport(flaky, retries: 3);
        var host = await new ParallelExecutor(transport).RunToEndAsync(new Target("box1"), CommandJob.Shell("echo connected"));
        Console.Write(host.Stdout);
        #endregion
    }

    #region own-transport
    /// <summary>Passes connections on to another transport; each first one to a host fails.</summary>
    internal sealed class FlakyTransport(ITransport inner) : ITransport
    {
        private readonly HashSet<string> _seen = [];

        public ValueTask<ISession> ConnectAsync(Target target, CancellationToken cancellationToken)
        {
            lock (_seen)
            {
                // An expected failure is a TransportException. Any other exception is a bug: the target ends with Faulted.
                if (_seen.Add(target.Host))
                    throw new TransportException(NodeOutcome.ConnectFailed, "the host is busy") { Retry = RetryAdvice.ServerBusy };
            }

            return inner.ConnectAsync(target, cancellationToken);
        }

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
    #endregion
}
