using CsCheck;
using Volley.Input;
using Xunit;

namespace Volley.Tests.Executor;

public class SpillBufferTests
{
    [Fact]
    public void ItHoldsWhatWasAppended() =>
        (from memoryLimit in Gen.Int[0, 50]
         from appends in Gen.Byte.Array[0, 40].Array[0, 10]
         from reads in Gen.Select(Gen.Int[0, 400], Gen.Int[1, 60]).Array[1, 10]
         select (memoryLimit, appends, reads)).Sample(c =>
        {
            using var buffer = new SpillBuffer(c.memoryLimit);
            foreach (var append in c.appends)
                buffer.Append(append);
            var all = c.appends.SelectMany(a => a).ToArray();
            Assert.Equal(all.Length, buffer.Length);
            foreach (var (position, count) in c.reads)
            {
                var expected = all.Skip(position).Take(count).ToArray();
                var read = new byte[count];
                var total = 0;
                while (total < count && buffer.Read(position + total, read.AsSpan(total)) is > 0 and var more)
                    total += more;
                Assert.Equal(expected, read[..total]);
            }

            buffer.Clear();
            Assert.Equal(0, buffer.Length);
            buffer.Append("again"u8);
            var again = new byte[9];
            Assert.Equal(Math.Min(5, c.memoryLimit == 0 ? 5 : c.memoryLimit), buffer.Read(0, again));
        }, iter: 300);

    [Fact]
    public void ItsFileHasNoName()
    {
        using var buffer = new SpillBuffer(1);
        buffer.Append(new byte[100_000]);
        // Tests that run at the same time have such files too.
        var files = Directory.GetFiles("/proc/self/fd").Select(fd => new FileInfo(fd).LinkTarget ?? "")
            .Where(file => file.StartsWith(Path.GetTempPath() + "volley-", StringComparison.Ordinal) && file.LastIndexOf('/') < Path.GetTempPath().Length)
            .ToArray();
        Assert.Contains(files, file => file.EndsWith(" (deleted)", StringComparison.Ordinal));
        Assert.DoesNotContain(files, File.Exists);
    }

    [Fact]
    public void UpToItsLimitItHasNoFile()
    {
        using var buffer = new SpillBuffer();
        buffer.Append(new byte[SpillBuffer.DefaultMemoryLimit]);
        Assert.Equal(SpillBuffer.DefaultMemoryLimit, buffer.Length);
        Assert.Equal(100, buffer.Read(buffer.Length - 100, new byte[200]));
        Assert.Equal(0, buffer.Read(buffer.Length, new byte[200]));
    }
}
