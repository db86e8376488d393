using System.Globalization;
using System.Text;
using CsCheck;
using Volley.Cli.Output.Gathering;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Output;

/// <summary>Groups as their difference to the largest that succeeded.</summary>
public sealed class GatherDiffTests
{
    [Fact]
    public async Task EachGroupIsComparedWithTheLargestThatSucceeded()
    {
        var result = await VolleyRun.ExecAsync(
            "n[1-9]",
            "case %h in n1) seq 20; exit 3;; n2) seq 21;; n[3-5]) seq 20;; n6) seq 20 | grep -v '^[37]$'; printf end;; n[7-9]) seq 5; seq 7 >&2; exit 4;; esac",
            "-g", "--diff");
        Assert.Equal(
            GatherOutputTests.Groups(
                "n[3-5] (3)", string.Concat(Enumerable.Range(1, 20).Select(i => $"{i}\n")),
                "n2 (1)", """
                    --- n[3-5]
                    +++ n2
                    @@ -18,3 +18,4 @@
                     18
                     19
                     20
                    +21

                    """,
                "n6 (1)", """
                    --- n[3-5]
                    +++ n6
                    @@ -1,10 +1,8 @@
                     1
                     2
                    -3
                     4
                     5
                     6
                    -7
                     8
                     9
                     10
                    @@ -18,3 +16,4 @@
                     18
                     19
                     20
                    +end
                    \ No newline at end of file

                    """,
                "n1 (1) exit 3", "same output as n[3-5]\n",
                "n[7-9] (3) exit 4", """
                    --- n[3-5]
                    +++ n[7-9]
                    @@ -3,18 +3,3 @@
                     3
                     4
                     5
                    -6
                    -7
                    -8
                    -9
                    -10
                    -11
                    -12
                    -13
                    -14
                    -15
                    -16
                    -17
                    -18
                    -19
                    -20
                    --- n[3-5] stderr
                    +++ n[7-9] stderr
                    @@ -0,0 +1,7 @@
                    +1
                    +2
                    +3
                    +4
                    +5
                    +6
                    +7

                    """),
            result.Stdout);
    }

    [Theory]
    [InlineData("seq 3; case %h in b) exit 1;; *) exit 2;; esac", "b (1) exit 1|1\n2\n3\n|a (1) exit 2|1\n2\n3\n")]
    [InlineData("case %h in a) echo x;; b) exec sleep 600;; esac", "a (1)|x\n|b (1) timed out|")]
    [InlineData("case %h in a) echo x;; b) echo y; exec sleep 600;; esac", "a (1)|x\n|b (1) timed out|--- a\n+++ b\n@@ -1 +1 @@\n-x\n+y\n")]
    [InlineData("case %h in a) echo x;; esac", "a (1)|x\n|b (1)|--- a\n+++ b\n@@ -1 +0,0 @@\n-x\n")]
    public async Task WhatCannotBeComparedIsShownAsItIs(string job, string groups)
    {
        var result = await VolleyRun.ExecAsync("a,b", job, "-g", "--diff", "--timeout", "1.5");
        Assert.Equal(GatherOutputTests.Groups(groups.Split('|')), result.Stdout);
    }

    [Theory]
    [InlineData("case %h in c) yes n;; *) yes;; esac | head -c 1048577", 1048577, 1048577)]
    [InlineData("case %h in c) seq 20001 25001;; *) seq 10001 15000;; esac", 30000, 30006)]
    public async Task WhatWouldTakeTooLongIsNotCompared(string job, int before, int after)
    {
        var result = await VolleyRun.ExecAsync("a,b,c", job, "-g", "--diff");
        Assert.EndsWith(
            GatherOutputTests.Groups("c (1)", $"--- a,b\n+++ c\ntoo long to compare: {before} and {after} bytes\n"), result.Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LongOutputsWithFewDifferencesAreCompared()
    {
        var result = await VolleyRun.ExecAsync("a,b,c", "seq 1 50000; case %h in c) echo x;; *) echo y;; esac; seq 50001 100000", "-g", "--diff");
        Assert.EndsWith("@@ -49998,7 +49998,7 @@\n 49998\n 49999\n 50000\n-y\n+x\n 50001\n 50002\n 50003\n", result.Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OnATerminalADifferenceIsHarmless()
    {
        await using var program = PtyProgram.Start(VolleyRun.Exec(
            "a,b,c", @"case %h in c) printf 'x\033[2Jy\n';; *) printf '\033[31mred\n';; esac", "-gN", "--diff", "--progress", "never"));
        Assert.Equal(0, await program.WaitForExitAsync());
        Assert.Equal(
            "\e[31mred\e[0m\r\n\r\n--- a,b\r\n+++ c\r\n@@ -1 +1 @@\r\n\e[31m-\e[0m\e[31mred\e[0m\r\n\e[32m+\e[0mx^[[2Jy\r\n", program.Transcript);
    }

    [Fact]
    public async Task BytesThatAreNoTextAreCompared()
    {
        var result = await VolleyRun.ExecAsync("a,b,c", @"case %h in c) printf '\377\0\n';; *) printf '\303\n';; esac", "-gN", "--diff");
        Assert.Equal("\xc3\n\n--- a,b\n+++ c\n@@ -1 +1 @@\n-\xc3\n+\xff\0\n", Encoding.Latin1.GetString(result.StdoutBytes));
    }

    [Fact]
    public void ADifferenceLeadsFromTheOneTextToTheOther() =>
        Gen.Select(Texts, Texts).Sample((before, after) => Patch(before, UnifiedDiff.Compare(before, after)!) == after, iter: 20_000);

    private static readonly Gen<string> Texts = Gen.Select(Gen.OneOf("a", "b", "c", "", "long").Array[0, 25], Gen.Bool)
        .Select((lines, isWhole) => string.Join('\n', lines) + (isWhole && lines.Length > 0 ? "\n" : ""));

    private static string Patch(string before, IReadOnlyList<string> diff)
    {
        var old = before.Split('\n').Select(line => line + "\n").ToList();
        // What follows the last newline is a line only if it is not empty, and then it has no newline.
        old[^1] = old[^1][..^1];
        var result = new List<string>();
        var position = 0;
        for (var i = 0; i < diff.Count; i++)
        {
            if (diff[i][0] == '\\')
                continue;
            if (diff[i][0] == '@')
            {
                var range = diff[i].Split(' ')[1][1..].Split(',');
                var start = int.Parse(range[0], CultureInfo.InvariantCulture) - (range is [_, "0"] ? 0 : 1);
                result.AddRange(old[position..start]);
                position = start;
                continue;
            }

            var line = diff[i][1..] + (i + 1 < diff.Count && diff[i + 1][0] == '\\' ? "" : "\n");
            if (diff[i][0] != '+')
                Assert.Equal(old[position++], line);
            if (diff[i][0] != '-')
                result.Add(line);
        }

        result.AddRange(old[position..]);
        return string.Concat(result);
    }
}
