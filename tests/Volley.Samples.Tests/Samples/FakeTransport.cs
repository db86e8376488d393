using System.Text;
using Volley;

namespace Samples;

#region fake-transport
/// <summary>Answers commands from a function, without a network: for tests of code that uses an executor.</summary>
internal sealed class FakeTransport(Func<Target, CommandJob, (int ExitCode, string Stdout)> answer) : ITransport
{
    public ValueTask<ISession> ConnectAsync(Target target, CancellationToken cancellationToken) => new(new Session(target, answer));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class Session(Target target, Func<Target, CommandJob, (int ExitCode, string Stdout)> answer) : ISession
    {
        public ValueTask PingAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask<IRemoteProcess> StartAsync(CommandJob command, CancellationToken cancellationToken) => new(new Process(answer(target, command)));

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class Process((int ExitCode, string Stdout) answer) : IRemoteProcess
    {
        private ReadOnlyMemory<byte> _left = Encoding.UTF8.GetBytes(answer.Stdout);

        public ValueTask<OutputRead> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
        {
            var count = Math.Min(buffer.Length, _left.Length);
            _left[..count].CopyTo(buffer);
            _left = _left[count..];
            return new(new OutputRead(StreamKind.Stdout, count));
        }

        public ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken) => new(true);

        public void CloseInput()
        {
        }

        public ValueTask SendSignalAsync(string signal, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<ExitStatus> WaitForExitAsync(CancellationToken cancellationToken) => new(new ExitStatus(answer.ExitCode, null));

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
#endregion

internal static class Testing
{
    public static async Task FakeAsync()
    {
        #region fake-run
        await using var transport = new FakeTransport((target, _) => target.Host == "web2" ? (1, "") : (0, "ok\n"));
        var results = await new ParallelExecutor(transport).RunToEndAsync(new RunPlan(HostList.Parse("web[1-3]").ToTargets(), CommandJob.Shell("check")));
        Console.WriteLine(string.Join(", ", results.Select(host => host.Result.Cause)));
        #endregion
    }
}
