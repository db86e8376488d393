using System.Collections.Immutable;
using CsCheck;
using Volley.Cli.Journal;
using Volley.Cli.Options;
using Volley.Cli.Options.Parsing;
using Volley.Cli.Rollouts;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Rollouts;

/// <summary>The command line that continues a run without a journal: a real shell and the parser of options read it back.</summary>
public sealed class RepeatedCommandTests
{
    private const string End = "\u0001end";

    private static readonly Gen<string> Text = Gen.OneOf(
        Gen.String[Gen.Char[' ', '~'], 1, 8],
        Gen.OneOf(new[] { "a\nb", "\n", "it's", "''", "\u001b[31m", "\t", "$HOME", "`id`", "\\", "\"", "ü€😀", "\u202e", "-k", "--", "*", "%h %n", "=", "\u007f", "a\r" }));

    private static readonly Gen<string[]> Option = Gen.OneOf(
        Text.Select(text => new[] { $"--env=A={text}" }),
        Text.Select(text => new[] { $"--env=B_1={text}" }),
        Text.Select(text => new[] { $"--then={text}" }),
        Text.Select(text => new[] { "-o", $"SetEnv=X={text.Replace('\n', ' ')}" }),
        Gen.OneOf<string[]>(
            ["-k"], ["-vv"], ["--no-keep"], ["--timeout", "1h30m"], ["--max-fail=10%"], ["--batch-size", "1,10%,rest"], ["--check-retries=3"], ["--stdin"],
            ["--inventory", "a b.yaml"], ["--identity=k1", "-i", "k2"], ["-x", "n9"], ["--order", "reversed"], ["--yes"], ["--config=none"], ["--no-journal"], ["-q"],
            ["--ok-codes=0,1"], ["--pause", "ask"], ["--confirm"], ["--password-file", "p w"], ["--parallel=3"], ["--no-check"]));

    private static readonly Gen<Case> Cases = Gen.Select(
        Option.Array[0, 6],
        Text.Array[1, 4],
        Gen.Shuffle(new[] { "n1", "n2", "n10", "root@db:22", "[::1]:2222", "a-b.example" }),
        Gen.Int[1, 6],
        (options, command, hosts, count) => new Case([.. options.SelectMany(words => words)], command, hosts, count));

    [Fact]
    public async Task AShellAndTheParserReadBackWhatWasGiven() => await Cases.Array[30].SampleAsync(
        async cases =>
        {
            Case[] valid = [.. cases.Where(one => Parse(["-H", string.Join(',', one.Hosts), .. one.Options, "--", .. one.Command]) is not null)];
            var lines = valid.Select(one => Print(Parse(["-H", string.Join(',', one.Hosts), .. one.Options, "--", .. one.Command])!, one).Line);
            var script = $"volley() {{ for word; do printf '%s\\0' \"$word\"; done; printf '{End}\\0'; }}\n{string.Join('\n', lines)}\n";
            var result = await ProgramRun.RunAsync(VolleyRun.Start() with { Program = "/bin/sh", Arguments = ["-c", script] }, TimeSpan.FromSeconds(60));
            var read = result.Stdout.Split($"{End}\0", StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal((valid.Length, ""), (read.Length, result.Stderr));
            foreach (var (one, words) in valid.Zip(read))
                CheckSame(one, words[..^1].Split('\0'));
        },
        iter: 10,
        threads: 1);

    [Fact]
    public void HostsWithSettingsOfASourceAreChosenByAFilter()
    {
        var options = Parse(["-C", "prod", "--filter", "rack=r1", "-x", "n7", "--limit", "4", "--pick=5", "--seed", "3", "-J", "gate", "uptime"])!;
        var plan = CreatePlan("n[1-4]", target => target with { Address = $"192.0.2.{target.Index}" });
        Assert.Equal("volley --cluster=prod --exclude=n7 '--filter=(rack=r1)&(n[3-4])' --jump=gate -- uptime", Print(options, plan, [2, 3]).Line);
        Assert.Null(Print(options, plan, [2, 3], canNarrow: false).Line);
        options = Parse(["-H", "@g", "--order=random", "uptime"])!;
        var (line, steps) = Print(options, plan, [3, 1]);
        Assert.Equal(("volley --hosts=@g --order=random --filter=n4,n2 -- uptime", "note that the order is another random one"), (line, Assert.Single(steps)));
    }

    [Fact]
    public void DefaultsThatWouldChooseOtherHostsAreUndone()
    {
        string? Variable(string name) => name switch
        {
            "VOLLEY_LIMIT" => "50%",
            "VOLLEY_CANARY" => "n1",
            "VOLLEY_PARALLEL" => "3",
            _ => null,
        };
        var plan = CreatePlan("n[1-4]");
        var options = Parse(["-H", "n[1-4]", "uptime"], Variable)!;
        Assert.Equal("volley -H 'n[2-3]' --no-limit --no-canary -- uptime", Print(options, plan, [1, 2], canary: [0]).Line);
    }

    [Theory]
    [InlineData("--canary=n1 x", "volley -H 'n[2-3]' -- x", "")]
    [InlineData("--canary=n[1-2] x", "volley -H 'n[2-3]' --canary=n2 -- x", "")]
    [InlineData("--main-rank=n2 x", "volley -H 'n[2-3]' --main-rank=n2 -- x", "")]
    [InlineData("--main-rank=n1 x", "volley -H 'n[2-3]' -- x", "note that the exit code is not that of the main rank n1, which is not among the hosts")]
    [InlineData("--env=A=1 --env=T=s3cret --secret=T x s3cret", "volley -H 'n[2-3]' --env=A=1 --secret=T -- x '***'", "add --env T=VALUE, because it is secret; put the secret value in place of *** in the command")]
    [InlineData("--env=T=s3cret --secret=T --workdir=/s3cret x", "volley -H 'n[2-3]' '--workdir=/***' --secret=T -- x", "add --env T=VALUE, because it is secret; put the secret value in place of *** in --workdir")]
    [InlineData("--stdin x", "volley -H 'n[2-3]' --stdin -- x", "send the same standard input, because --stdin reads it")]
    [InlineData("--script=/dev/fd/63 x", "volley -H 'n[2-3]' --script=/dev/fd/63 -- x", "give the content of --script again, because its pipe has been read")]
    [InlineData("--script=a.sh --interpreter=bash", "volley -H 'n[2-3]' --script=a.sh --interpreter=bash", "")]
    [InlineData("--each=f.csv x", "volley -H 'n[2-3]' --each=f.csv -- x", "remove the rows of other hosts from the file of --each")]
    [InlineData("--output-dir=out x", "volley -H 'n[2-3]' --output-dir=out -- x", "choose another --output-dir, because this one has files")]
    [InlineData("--output-dir=out --overwrite x", "volley -H 'n[2-3]' --output-dir=out --overwrite -- x", "")]
    [InlineData("echo $VOLLEY_RANK", "volley -H 'n[2-3]' -- echo '$VOLLEY_RANK'", "note that ranks count the hosts that are left")]
    [InlineData("--transport=exec echo %n", "volley -H 'n[2-3]' --transport=exec -- echo %n", "note that ranks count the hosts that are left")]
    public void WhatIsMissingOrDiffersIsSaid(string given, string line, string steps)
    {
        var options = Parse(["-H", "n[1-3]", .. given.Split(' ')])!;
        var canary = options.Rollout.Canary.Value is { } names ? HostList.Parse(names).Select(host => int.Parse(host.Host[1..], null) - 1).ToArray() : [];
        var printed = Print(options, CreatePlan("n[1-3]"), [1, 2], canary);
        Assert.Equal((line, steps), (printed.Line, string.Join("; ", printed.Steps)));
    }

    [Theory]
    [InlineData("reboot --yes", false, "volley retry 7 --yes", "")]
    [InlineData("--pause=ask --batch-size=1 --yes x", true, "volley retry 7 --include-running --yes", "")]
    [InlineData("--env=T=s3cret --secret=T --check=s3cret x", false, "volley retry 7", "give --check again, because the journal does not have its value; give --env T again, because the journal does not have its value")]
    [InlineData("--stdin x", false, "volley retry 7", "send the same standard input, with --stdin")]
    public void TheJournalRepeatsWithWhatItDoesNotHave(string given, bool includesRunning, string line, string steps)
    {
        string[] words = given.Split(' ');
        string[] verb = words[0] == "reboot" ? ["reboot"] : [];
        var options = Parse([.. verb, "-H", "n[1-2]", .. words[verb.Length..]])!;
        var said = new List<string>();
        var command = new RepeatedCommand(options, CreatePlan("n[1-2]"), [], canNarrow: true, options.Journal.CreateMask(options.Job.Environment.Values));
        Assert.Equal((line, steps), (command.ForJournal("retry", 7, includesRunning, said), string.Join("; ", said)));
    }

    [Theory]
    [InlineData("push", "a b", "dst", "volley push -H n2 -- 'a b' dst")]
    [InlineData("keys push", "k.pub", null, "volley keys push -H n2 -- k.pub")]
    public void VerbsStay(string verb, string first, string? second, string line)
    {
        var options = Parse([.. verb.Split(' '), "-H", "n[1-2]", first, .. second is null ? (string[])[] : [second]])!;
        Assert.Equal(line, Print(options, CreatePlan("n[1-2]"), [1]).Line);
    }

    private static void CheckSame(Case one, string[] words)
    {
        var (given, read) = (Parse(["-H", string.Join(',', one.Hosts), .. one.Options, "--", .. one.Command])!, Parse(words)!);
        Assert.Equal(one.Hosts.Take(one.Count), HostList.Parse(Assert.Single(read.Hosts.Hosts.Values)).Select(host => host.Name));
        Assert.Equal(one.Command, read.Command);
        Option[] choosing = [given.Hosts.Hosts, given.Hosts.Exclude, given.Hosts.Filter, given.Choice.Order];
        foreach (var (before, after) in given.All.Zip(read.All).Where(pair => !choosing.Contains(pair.First)))
            Assert.Equal((before.Name, before.Count, before.Origin?.Layer, string.Join('\0', before.Texts)), (after.Name, after.Count, after.Origin?.Layer, string.Join('\0', after.Texts)));
    }

    private static RunOptions? Parse(string[] words, Func<string, string?>? variable = null)
    {
        try
        {
            return CommandLine.Parse(words, variable ?? (name => name == "VOLLEY_CONFIG" ? "none" : null)) is RunRequest request ? request.Options : null;
        }
        catch (Exception invalid) when (invalid is UsageException or HostListException)
        {
            return null;
        }
    }

    private static RunPlan CreatePlan(string hosts, Func<Target, Target>? change = null) =>
        new(HostList.Parse(hosts).ToTargets().Select(target => change?.Invoke(target) ?? target), new PingJob());

    private static (string? Line, List<string> Steps) Print(RunOptions options, Case one)
    {
        var plan = CreatePlan(string.Join(',', one.Hosts));
        return Print(options, plan, [.. Enumerable.Range(0, one.Count)]);
    }

    private static (string? Line, List<string> Steps) Print(RunOptions options, RunPlan plan, int[] left, int[]? canary = null, bool canNarrow = true)
    {
        var steps = new List<string>();
        ImmutableArray<Target> first = [.. (canary ?? []).Select(index => plan.Targets[index])];
        if (options.ExitCode.MainRank.Value is { } main)
            plan = plan with { MainRank = MainRankLookup.Find(plan.Targets, main)!.Value };
        SecretMask? mask = options.Journal.CreateMask(options.Job.Environment.Values);
        var command = new RepeatedCommand(options, plan, first, canNarrow, mask);
        return (command.For([.. left.Select(index => plan.Targets[index])], steps), steps);
    }

    private sealed record Case(string[] Options, string[] Command, string[] Hosts, int Count);
}
