using System.Text;
using Volley.Transports.Processes;
using Xunit;

namespace Volley.Tests.Transports;

public sealed class ChildProcessTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("volley-child-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task WhatIsAtHandIsReadThoughTheWaitForItWasEnded()
    {
        var pipe = Path.Combine(_folder, "written");
        await using (var made = ChildProcess.Start(["mkfifo", pipe], ChildProcess.InheritedEnvironment(), pipeInput: false))
            await made.Exited;
        // What it writes is in the pipe once it says so elsewhere; who watches the pipe may not have noticed by then.
        await using var child = ChildProcess.Start(
            ["sh", "-c", $"exec 3>{pipe}; while read line; do echo $line; echo >&3; done"], ChildProcess.InheritedEnvironment(), pipeInput: true);
        using var written = new FileStream(pipe, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        var buffer = new byte[100];
        for (var i = 0; i < 500; i++)
        {
            using var ended = new CancellationTokenSource();
            var reading = child.ReadAsync(buffer, ended.Token).AsTask();
            await child.WriteAsync(Encoding.ASCII.GetBytes($"line{i}\n"), TestContext.Current.CancellationToken);
            Assert.Equal('\n', written.ReadByte());
            await ended.CancelAsync();
            var read = await reading;
            Assert.Equal($"line{i}\n", Encoding.ASCII.GetString(buffer, 0, read.Count));
        }
    }

    [Fact]
    public async Task AProgramThatAnotherProcessHasOpenForAMomentStarts()
    {
        var program = Program();
        var open = new FileStream(program, FileMode.Open, FileAccess.Write);
        var closing = Task.Run(async () =>
        {
            await Task.Delay(30, TestContext.Current.CancellationToken);
            await open.DisposeAsync();
        }, TestContext.Current.CancellationToken);
        await using var child = ChildProcess.Start([program], ChildProcess.InheritedEnvironment(), pipeInput: false);
        Assert.Equal(7, (await child.Exited).Code);
        await closing;
    }

    [Fact]
    public void AProgramThatStaysOpenForWritingIsRefused()
    {
        var program = Program();
        using var open = new FileStream(program, FileMode.Open, FileAccess.Write);
        var error = Assert.Throws<ChildStartException>(
            () => ChildProcess.Start([program], ChildProcess.InheritedEnvironment(), pipeInput: false));
        Assert.Contains("Text file busy", error.Message, StringComparison.Ordinal);
    }

    private string Program()
    {
        var path = Path.Combine(_folder, "program");
        File.WriteAllText(path, "#!/bin/sh\nexit 7\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }
}
