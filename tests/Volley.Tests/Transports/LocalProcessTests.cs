using System.ComponentModel;
using System.Text;
using Xunit;

namespace Volley.Tests.Transports;

public class LocalProcessTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task ItsStreamsComeApart()
    {
        await using var process = LocalProcess.Start(["sh", "-c", "echo out; echo err >&2; exit 3"]);
        var output = new Dictionary<StreamKind, string> { [StreamKind.Stdout] = "", [StreamKind.Stderr] = "" };
        var buffer = new byte[100];
        while (await process.ReadAsync(buffer, None) is { Count: > 0 } read)
            output[read.Stream] += Encoding.UTF8.GetString(buffer, 0, read.Count);
        Assert.Equal(("out\n", "err\n"), (output[StreamKind.Stdout], output[StreamKind.Stderr]));
        Assert.Equal(new ExitStatus(3, null), await process.WaitForExitAsync(None));
        Assert.Null(process.EndedBySignal);
    }

    [Fact]
    public async Task ASignalEndsItAndItsNumberIsKnown()
    {
        await using var process = LocalProcess.Start(["sh", "-c", "echo $$; exec sleep 300"]);
        var buffer = new byte[100];
        var read = await process.ReadAsync(buffer, None);
        Assert.Equal($"{process.ProcessId}\n", Encoding.UTF8.GetString(buffer, 0, read.Count));
        await process.SendSignalAsync("INT", None);
        Assert.Equal(new ExitStatus(null, "INT"), await process.WaitForExitAsync(None));
        Assert.Equal(2, process.EndedBySignal);
    }

    [Theory]
    [InlineData("/nonexistent", 2)]
    [InlineData("/etc/passwd", 13)]
    public void AProgramThatCannotBeStartedSaysWhy(string program, int error) =>
        Assert.Equal(error, Assert.ThrowsAny<Win32Exception>(() => LocalProcess.Start([program])).NativeErrorCode);
}
