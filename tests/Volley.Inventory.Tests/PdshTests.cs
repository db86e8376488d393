using System.Globalization;
using Xunit;

namespace Volley.Inventory.Tests;

/// <summary>Lists with ranges and exclusions, compared with <c>pdsh -Q</c>.</summary>
public class PdshTests
{
    [Fact]
    public async Task ListsWithExclusionsAreThoseOfPdsh()
    {
        Peer.Require("/usr/bin/pdsh");
        var random = new Random(5);
        (string Own, string Pdsh)[] lists = [.. Enumerable.Range(0, 400).Select(_ => List(random))];
        // One shell runs all: a process each costs more than pdsh itself.
        string[] results = Peer.Run("/bin/sh", ["-c", "while read -r list; do env -i PATH=/usr/bin:/bin PDSH_RCMD_TYPE=exec pdsh.bin -Q -w \"$list\" 2>&1 </dev/null | tail -1 || echo; done".Replace("pdsh.bin", Program(), StringComparison.Ordinal)], lists.Select(list => list.Pdsh));
        Assert.Equal(lists.Length, results.Length);
        for (int i = 0; i < lists.Length; i++)
        {
            string own = await Evaluation.RunAsync(lists[i].Own);
            string peer = results[i].Contains("no remote hosts", StringComparison.Ordinal) ? "" : results[i].Replace(',', ' ');
            Assert.True(Sorted(peer) == Sorted(own), $"{lists[i].Own}: pdsh has {results[i]}, Volley {own}");
        }
    }

    // Where Volley is installed under the name pdsh, Debian's program has another one.
    private static string Program() => File.Exists("/usr/bin/pdsh.real") ? "/usr/bin/pdsh.real" : "/usr/bin/pdsh";

    private static (string Own, string Pdsh) List(Random random)
    {
        string[] items = [.. Enumerable.Range(0, random.Next(1, 4)).Select(index => Item("abc"[index], random))];
        // Of a host that is listed twice pdsh excludes one, so no host is.
        string[] excluded = [.. Enumerable.Range(0, random.Next(3)).Select(_ => Item("abc"[random.Next(3)], random))];
        string own = string.Join(',', items);
        return (excluded.Length == 0 ? own : $"{own}!({string.Join(',', excluded)})", string.Join(',', [.. items, .. excluded.Select(item => "-" + item)]));
    }

    private static string Item(char name, Random random)
    {
        string format = random.Next(2) == 0 ? "0" : "00";
        int low = random.Next(1, 15), high = random.Next(low, 20);
        return random.Next(3) == 0
            ? $"{name}" + low.ToString(format, CultureInfo.InvariantCulture)
            : $"{name}[{low.ToString(format, CultureInfo.InvariantCulture)}-{high.ToString(format, CultureInfo.InvariantCulture)}]";
    }

    private static string Sorted(string names) => string.Join(' ', names.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
}
