using System.Globalization;
using Xunit;

namespace Volley.Inventory.Tests;

public sealed class ClusterShellTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public ClusterShellTests()
    {
        _folder.Write("groups.conf", """
            [Main]
            default: roles
            confdir: $CFGDIR/groups.conf.d
            autodir: $CFGDIR/groups.d /no/such/directory
            [files]
            map: sed -n 's/^$GROUP:\(.*\)/\1/p' $CFGDIR/local.cfg
            list: sed -n 's/^\([0-9A-Za-z_-]*\):.*/\1/p' $CFGDIR/local.cfg
            """);
        _folder.Write("local.cfg", "io: io[1-4]\ncompute: n[1-32]\nboth: @io,@compute\n");
        _folder.Write("groups.conf.d/more.conf", """
            # comment
            [up,down]
            map: echo "$SOURCE-$GROUP"
                ; echo x[1-3] y1
            list: echo one two
            all: echo all[1-9]
            """);
        _folder.Write("groups.d/cluster.yaml", """
            roles:
                all: '@compute,@db,@io,p[01-12]'
                adm: p01
                compute: 'n[1-40]'
                db: 'r[1-3]c[1-5]'
                io: ['io[1-4]', "p[01-04]"]
                odd: 'n[1-39/2]'
                mixed: '@compute!@odd,p01'
            racks:
                r1: 'n[1-20]'
                r2: 'n[21-40]'
                new: '@r2!n21'
            """);
    }

    public void Dispose() => _folder.Dispose();

    private HostSources Sources => new StandardSources
    {
        Variable = name => name == "CLUSTERSHELL_CFGDIR" ? _folder.Path : name == "PATH" ? "/usr/bin:/bin" : null,
        SshConfig = Volley.Ssh.SshConfigFiles.None,
        Disabled = ["netgroup"],
    }.Create();

    [Fact]
    public async Task GroupsAreThoseOfNodeset()
    {
        string[] expressions =
        [
            "@adm", "@compute", "@db", "@io", "@odd", "@mixed", "@roles:io", "@racks:r1", "@racks:new", "@racks:r[1-2]", "@racks:*", "@*", "@files:io",
            "@files:compute", "@files:*", "@up:g", "@down:g", "@up:*", "@@racks", "@@roles", "@@up", "@@files", "n*", "p*[01-04]", "*c1", "@racks:r[1-2]!@odd", "@compute&@racks:new", "@io^@adm",
        ];
        string[] results = Peer.Nodeset(_folder.Path, expressions);
        HostSources sources = Sources;
        for (int i = 0; i < expressions.Length; i++)
            Assert.True(Sorted(results[i]) == Sorted(await Evaluation.RunAsync(expressions[i], sources)), $"{expressions[i]}: nodeset has {results[i]}, Volley {await Evaluation.RunAsync(expressions[i], sources)}");
        Assert.Empty(sources.Failures);
    }

    [Fact]
    public async Task ASourceWithoutListSaysSo()
    {
        _folder.Write("groups.conf.d/bare.conf", "[bare]\nmap: echo a\n[known]\nmap: echo a\nall: echo a b\n");
        foreach (string expression in new[] { "@bare:*", "@@bare", "@bare:a*", "@@known" })
        {
            var (message, _) = await Evaluation.FailAsync(expression, Sources);
            Assert.Contains($"its section has no 'list' command ({_folder.Path}/groups.conf.d/bare.conf line ", message, StringComparison.Ordinal);
        }
        Assert.Equal("a", await Evaluation.RunAsync("@bare:g", Sources));
        Assert.Equal("a b", await Evaluation.RunAsync("@known:*", Sources));
        // A listing is complete without the groups.
        Assert.All(await Sources.ListAsync(name => name is "bare" or "known", TestContext.Current.CancellationToken), listing => Assert.False(listing.HasFailure));
    }

    [Fact]
    public async Task AnUpcallThatFailsRunsOnce()
    {
        string calls = Path.Combine(_folder.Path, "calls");
        _folder.Write("groups.conf.d/failing.conf", $"[failing]\nmap: echo call >> {calls}; exit 1\nlist: echo g\n");
        HostSources sources = Sources;
        Assert.True(Assert.Single(await sources.ListAsync(name => name == "failing", TestContext.Current.CancellationToken)).HasFailure);
        await Assert.ThrowsAsync<HostSourceException>(() => Evaluation.RunAsync("@failing:g", sources));
        Assert.Single(await File.ReadAllLinesAsync(calls, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("[Main]\ndefault: bad\nautodir: $CFGDIR/groups.d\n[bad]\nmap: exit 3\nall: exit 3\nlist: exit 3\n", "exited with code 3")]
    [InlineData("[Main]\ndefault: bad\nautodir: $CFGDIR/groups.d\n[bad]\nall: echo a\n", "the source 'bad' has no 'map'")]
    [InlineData("[Main]\ndefault: gone\nautodir: $CFGDIR/groups.d\n", "the default source 'gone' is not defined")]
    [InlineData("[Main]\nautodir: $CFGDIR/groups.d\ndefault roles\n", "'default roles' is no option")]
    [InlineData("bogus\n[Main]\nautodir: $CFGDIR/groups.d\n", "a section is missing before it")]
    [InlineData("[Main\ndefault: racks\n[Main]\nautodir: $CFGDIR/groups.d\n", "'[Main' is no section")]
    public async Task NoSourceStandsInForADefaultThatCantBeRead(string config, string message)
    {
        _folder.Write("groups.conf", config);
        foreach (string expression in new[] { "@*", "n*" })
        {
            var failure = await Assert.ThrowsAnyAsync<Exception>(() => Evaluation.RunAsync(expression, Sources));
            Assert.True(failure is HostSourceException or HostListException, failure.ToString());
            Assert.Contains(message, failure.Message, StringComparison.Ordinal);
        }
        // The others are there.
        Assert.Equal("p01", await Evaluation.RunAsync("@roles:adm", Sources));
    }

    [Fact]
    public async Task AnInvalidLineHidesNoSource()
    {
        _folder.Write("groups.conf", "[Main]\ndefault: roles\nautodir: $CFGDIR/groups.d\n[files]\nnonsense\nmap: echo f1\n");
        HostSources sources = Sources;
        Assert.Equal("f1", await Evaluation.RunAsync("@files:any", sources));
        Assert.Contains("p01", await Evaluation.RunAsync("@*", sources), StringComparison.Ordinal);
        var failure = Assert.Single(sources.Failures);
        Assert.Equal(5, failure.Line);
    }

    [Fact]
    public async Task AGroupThatIsListedAndHasNoHostsIsEmpty()
    {
        _folder.Write("groups.conf.d/empty.conf", "[none]\nmap: true\nlist: echo prod\n");
        var (message, _) = await Evaluation.FailAsync("@none:prod", Sources);
        Assert.Contains("the group @none:prod is empty in the source 'none'", message, StringComparison.Ordinal);
        (message, _) = await Evaluation.FailAsync("@none:other", Sources);
        Assert.Contains("unknown group @none:other", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TwoThousandExpressionsAreThoseOfNodeset()
    {
        int seed = Environment.TickCount;
        var random = new Random(seed);
        string[] expressions = [.. Enumerable.Range(0, 2000).Select(_ => Expression(random))];
        string[] results = Peer.Nodeset(_folder.Path, expressions);
        HostSources sources = Sources;
        int compared = 0;
        for (int i = 0; i < expressions.Length; i++)
        {
            Assert.False(results[i].StartsWith("error", StringComparison.Ordinal), $"{expressions[i]}: {results[i]}");
            string own = await Evaluation.RunAsync(expressions[i], sources);
            Assert.True(Sorted(results[i]) == Sorted(own), $"seed {seed}: {expressions[i]}: nodeset has {results[i]}, Volley {own}");
            compared++;
        }
        Assert.Equal(2000, compared);
    }

    [Fact]
    public async Task FoldedResultsAreThoseOfNodeset()
    {
        var random = new Random(11);
        string[] expressions = [.. Enumerable.Range(0, 300).Select(_ => Expression(random))];
        HostSources sources = Sources;
        var folded = new List<string>();
        foreach (string expression in expressions)
            folded.Add(HostList.Fold((await Evaluation.RunAsync(expression, sources)).Split(' ', StringSplitOptions.RemoveEmptyEntries)));
        string[] results = Peer.Nodeset(_folder.Path, [.. folded, .. expressions]);
        for (int i = 0; i < expressions.Length; i++)
            Assert.True(Sorted(results[i]) == Sorted(results[expressions.Length + i]), $"{expressions[i]} folds to {folded[i]}");
    }

    private static string Expression(Random random)
    {
        string text = Operand(random);
        for (int more = random.Next(5); more > 0; more--)
            text += ",,,!&^"[random.Next(6)] + Operand(random);
        return text;
    }

    private static string Operand(Random random) => random.Next(14) switch
    {
        0 => "@" + new[] { "adm", "compute", "db", "io", "odd", "mixed" }[random.Next(6)],
        1 => "@racks:" + new[] { "r1", "r2", "new", "r[1-2]" }[random.Next(4)],
        2 => new[] { "n*", "p*", "r?c*", "*1", "io?", "n*[1-9]", "@*" }[random.Next(7)],
        3 => $"r[{Range(random, 3)}]c[{Range(random, 5)}]",
        4 => $"p[{Range(random, 12, "00")}]",
        5 => $"io{random.Next(1, 5)}",
        6 => $"n[{Range(random, 40)},{Range(random, 40)}]",
        7 => string.Create(CultureInfo.InvariantCulture, $"n[{random.Next(1, 10)}-{random.Next(10, 41)}/{random.Next(1, 5)}]"),
        _ => $"n[{Range(random, 40)}]",
    };

    private static string Range(Random random, int maximum, string format = "0")
    {
        int low = random.Next(1, maximum + 1), high = random.Next(low, maximum + 1);
        return low == high ? low.ToString(format, CultureInfo.InvariantCulture) : $"{low.ToString(format, CultureInfo.InvariantCulture)}-{high.ToString(format, CultureInfo.InvariantCulture)}";
    }

    // A list of names keeps duplicates, which nodeset never does.
    private static string Sorted(string names) => string.Join(' ', names.Split(' ', StringSplitOptions.RemoveEmptyEntries).Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public async Task WildcardsSelectGroupsByName() => Assert.Equal(40, (await Evaluation.RunAsync("@racks:r*", Sources)).Split(' ').Length);

    [Fact]
    public async Task ABrokenYamlFileDoesNotHideTheOthers()
    {
        string path = _folder.Write("groups.d/broken.yaml", "a:\n  b: [1\n c: 2\n");
        _folder.Write("groups.d/wrong.yaml", "fine:\n  g: x1\nwrong: [1]\n");
        HostSources sources = Sources;
        Assert.Equal("p01", await Evaluation.RunAsync("@adm", sources));
        Assert.Equal("x1", await Evaluation.RunAsync("@fine:g", sources));
        Assert.Contains(sources.Failures, failure => failure.Path == path && failure.Line > 0);
        Assert.Contains(sources.Failures, failure => failure is { SourceName: "wrong", Line: 3 } && failure.Message.Contains("a mapping of groups to nodes was expected", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AnUpcallRunsOnlyFromAFileThatOthersCanNotWrite()
    {
        File.SetUnixFileMode(Path.Combine(_folder.Path, "groups.conf.d/more.conf"), (UnixFileMode)0x1b4);
        var error = await Assert.ThrowsAsync<HostSourceException>(() => Evaluation.RunAsync("@up:g", Sources));
        Assert.Contains("others can write to it", error.Message, StringComparison.Ordinal);
        Assert.Contains("chmod go-w", error.Message, StringComparison.Ordinal);
        Assert.Equal("p01", await Evaluation.RunAsync("@adm", Sources));
    }

    [Fact]
    public async Task AFailingUpcallStatesItsPlace()
    {
        string path = _folder.Write("groups.conf.d/fail.conf", "[fail]\n\nmap: echo broken >&2; exit 3\n[missing]\nmap: exec /no/such/program\n[none]\nlist: x\n");
        HostSources sources = Sources;
        Assert.Equal("p01", await Evaluation.RunAsync("@adm", sources));
        Assert.Contains(sources.Failures, failure => failure.Message == $"none: {path} line 7: the source 'none' has no 'map'; a shell command was expected");
        var error = await Assert.ThrowsAsync<HostSourceException>(() => Evaluation.RunAsync("@fail:g", sources));
        Assert.Equal($"fail: {path} line 3: /bin/sh exited with code 3, 0 was expected: broken", error.Message);
        Assert.Contains("exited with code 127", (await Assert.ThrowsAsync<HostSourceException>(() => Evaluation.RunAsync("@missing:g", sources))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("@up:$(id)")]
    [InlineData("@up:a;id")]
    [InlineData("@up:a'b")]
    [InlineData("@up:a`id`")]
    [InlineData("@up:-n")]
    public async Task NoGroupNameReachesAShellAsASpecialCharacter(string expression) =>
        await Assert.ThrowsAsync<HostListException>(() => Evaluation.RunAsync(expression, Sources));

    [Fact]
    public async Task ASlashDoesNotReachAnUpcall() => Assert.Contains(
        "can't be passed to a command", (await Assert.ThrowsAsync<HostSourceException>(() => Evaluation.RunAsync("@files:a/e", Sources))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task ResultsAreCachedForTheirTime()
    {
        _folder.Write("groups.conf.d/count.conf", "[count]\ncache_time: 60\nmap: echo x >> $CFGDIR/calls; wc -l < $CFGDIR/calls | sed 's/ *\\(.*\\)/c\\1/'\n");
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        HostSources sources = new StandardSources
        {
            Variable = name => name == "CLUSTERSHELL_CFGDIR" ? _folder.Path : null,
            SshConfig = Volley.Ssh.SshConfigFiles.None,
            Time = clock,
        }.Create();
        Assert.Equal("c1", await Evaluation.RunAsync("@count:a", sources));
        clock.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal("c1", await Evaluation.RunAsync("@count:a", sources));
        Assert.Equal("c2", await Evaluation.RunAsync("@count:b", sources));
        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("c3", await Evaluation.RunAsync("@count:a", sources));
    }
}
