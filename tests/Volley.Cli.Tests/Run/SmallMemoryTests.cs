using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Run;

/// <summary>A control group that limits memory.</summary>
public sealed class SmallMemoryTests : IDisposable
{
    private static readonly string Group = $"/sys/fs/cgroup/memory/volley-test-{Environment.ProcessId}";

    public SmallMemoryTests()
    {
        try
        {
            Assert.SkipUnless(File.Exists("/sys/fs/cgroup/memory/memory.limit_in_bytes"), "no memory controller of version 1");
            Directory.CreateDirectory(Group);
            File.WriteAllText($"{Group}/memory.limit_in_bytes", "48M");
        }
        catch (Exception refused) when (refused is UnauthorizedAccessException or IOException)
        {
            Assert.Skip($"no control group can be made: {refused.Message}");
        }
    }

    public void Dispose()
    {
        if (Directory.Exists(Group))
            Directory.Delete(Group);
    }

    /// <summary>Lines that are not complete lie in large buffers; the collector reserved too few regions for them, and the program ended by SIGSEGV.</summary>
    [Fact]
    public async Task LongLinesFitIntoASmallControlGroup()
    {
        var result = await ProgramRun.RunAsync(ProgramStart.Shell(
            $"echo $$ >{Group}/cgroup.procs; exec {BuiltProgram.Path} -H 'n[1-100]' --transport exec --parallel 20 --output stream --any-failure head -c 300000 /dev/zero >/dev/null"));
        Assert.Equal((0, ""), (result.ExitCode, result.Stderr));
    }
}
