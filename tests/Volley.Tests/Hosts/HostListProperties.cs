using System.Globalization;
using CsCheck;
using Volley.Hosts.Parsing;
using Xunit;

namespace Volley.Tests.Hosts;

public sealed class HostListProperties
{
    private static readonly Gen<string> Number = Gen.Select(Gen.Int[0, 12], Gen.Int[1, 3],
        (value, width) => value.ToString(CultureInfo.InvariantCulture).PadLeft(width, '0'));

    // Few stems and small numbers, so that names share shapes, make products and repeat.
    private static readonly Gen<string> Host = Gen.OneOf(
        Gen.OneOf("db", "web.example.com", "n1", "N1", "é1", "1234567890123456789"),
        Gen.Select(Gen.OneOf("n", "w-", ""), Number, (stem, a) => stem + a),
        Gen.Select(Number, Number, (a, b) => $"rack{a}-n{b}"),
        Gen.Select(Number, Number, Number, (a, b, c) => $"r{a}.{b}x{c}.lan"),
        Gen.Int[0, 3].Select(last => $"[fe80::{last}]"));

    private static readonly Gen<string> Name = Gen.Select(Host, Gen.OneOf("", "", "", "ops@", "u1@"), Gen.OneOf("", "", "", ":22", ":2201"),
        (host, user, port) => user + host + port);

    private static readonly Gen<string[]> Names = Name.Array[1, 60];

    private static readonly Gen<string> Range = Gen.OneOf(
        Number,
        Gen.Select(Gen.Int[0, 99], Gen.Int[0, 9], Gen.Int[1, 4], (low, more, step) => $"[{low}-{low + more}/{step}]"),
        Gen.Select(Gen.Int[0, 12], Gen.Int[0, 9], (low, more) => $"[{low:D2}-{low + more:D2},{low + 20}]"));

    private static readonly Gen<string> Expression =
        Gen.Select(Range, Range, Gen.OneOf("", "ops@", "u[1-2]@"), Gen.OneOf("", ":22", ":[22-23]"), (a, b, user, port) => $"{user}rack{a}-n{b}{port}")
            .Array[1, 4].Select(items => string.Join(',', items));

    // No slash: a name after ^ must not lead to a device.
    private static readonly Gen<string> Anything = Gen.OneOf(
        Gen.String[Gen.Char["[]-,@:^%#.!*?{}\\'\"$;| \t\n\0ah019"], 0, 30],
        Gen.String[Gen.Char["[]-,:@01a%"], 0, 20],
        Gen.String.Where(text => !text.Contains('/')));

    private static string[] Expand(string expression) => [.. HostList.Parse(expression).Select(name => name.Name)];

    [Fact]
    public void WhatWasFoldedExpandsToTheSameNames() => Names.Sample(names =>
        Assert.Equal(names.Order(StringComparer.Ordinal), Expand(HostList.Fold(names)).Order(StringComparer.Ordinal)));

    [Fact]
    public void FoldingDependsOnTheNamesAndNotOnTheirOrder() => Names.Sample(names =>
        Assert.Equal(HostList.Fold(names), HostList.Fold(names.Order(StringComparer.Ordinal))));

    [Fact]
    public void NamesInOrderFoldLikeTheSameNamesInAnyOrder() => Gen.Select(Gen.Int[0, 40], Gen.Int[0, 40]).Array[1, 60].Sample(rows =>
    {
        string[] names = [.. rows.Distinct().Order().Select(row => string.Create(CultureInfo.InvariantCulture, $"r{row.Item1}n{row.Item2}"))];
        Assert.Equal(HostList.Fold(names), HostList.Fold(names.Reverse()));
        string[] repeated = [.. names.SelectMany(name => new[] { name, name })];
        Assert.Equal(HostList.Fold(repeated), HostList.Fold(names.Concat(names)));
    });

    [Fact]
    public void AnExpandedExpressionFoldsToOneThatExpandsAlike() => Expression.Sample(expression =>
    {
        HostList hosts = HostList.Parse(expression);
        Assert.Equal(hosts.Select(name => name.Name).Order(StringComparer.Ordinal), Expand(hosts.Fold()).Order(StringComparer.Ordinal));
    });

    [Fact]
    public void AnyTextIsReadOrRefusedWithAPlaceInIt() => Anything.Sample(text =>
    {
        try
        {
            foreach (Target name in HostList.Parse(text))
                Assert.Equal([name], HostList.Parse(name.ToString()));
        }
        catch (HostListException fault)
        {
            Assert.Equal(text, fault.Expression);
            Assert.InRange(fault.Position, 0, text.Length);
            Assert.NotEmpty(fault.Message);
            Assert.DoesNotContain(fault.Message, char.IsControl);
        }
    });

    [Fact]
    public void AnyFileIsReadOrRefusedWithItsLine() => Anything.Sample(text =>
    {
        try
        {
            HostList.Parse("-", new StringReader(text));
        }
        catch (HostListException fault)
        {
            Assert.StartsWith("standard input line ", fault.Origin, StringComparison.Ordinal);
            Assert.InRange(fault.Position, 0, fault.Expression.Length);
        }
    });

    [Fact]
    public void AnyPatternMatchesOrIsRefused() => Gen.Select(Anything, Names).Sample((glob, names) =>
    {
        try
        {
            HostList.Parse(string.Join(',', names)).Matching(glob);
        }
        catch (HostListException fault)
        {
            Assert.InRange(fault.Position, 0, glob.Length);
        }
    });

    [Fact]
    public void AnyTextFoldsAndIsThereWhenItIsNoName() => Anything.Where(text => !text.All(NameCharacters.IsHost)).Array[0, 10].Sample(texts =>
    {
        string folded = HostList.Fold(texts);
        Assert.All(texts.Where(text => text.Contains(' ')), text => Assert.Contains(text, folded, StringComparison.Ordinal));
    });

    [Fact]
    public void ExceptLeavesNoneOfTheOtherHostsAndAllElse() => Gen.Select(Names, Names).Sample((names, others) =>
    {
        HostList hosts = HostList.Parse(string.Join(',', names));
        HostList other = HostList.Parse(string.Join(',', others));
        Assert.Equal(hosts.Where(name => !other.Any(excluded => Covers(excluded, name))), hosts.Except(other));
    });

    [Fact]
    public void ExceptItselfLeavesNothing() => Names.Sample(names =>
    {
        HostList hosts = HostList.Parse(string.Join(',', names));
        Assert.Empty(hosts.Except(hosts));
        Assert.Equal(hosts, hosts.Except(HostList.Empty));
    });

    [Fact]
    public void MatchingAHostsOwnNameKeepsThatHostOnly() => Names.Sample(names =>
    {
        HostList hosts = HostList.Parse(string.Join(',', names));
        Assert.Equal(hosts, hosts.Matching("*"));
        string wanted = hosts[0].Host;
        Assert.Equal(hosts.Where(name => name.Host.Equals(wanted, StringComparison.OrdinalIgnoreCase)), hosts.Matching(wanted));
        Assert.Equal(hosts.Where(name => name.Host.StartsWith(wanted[..1], StringComparison.OrdinalIgnoreCase)), hosts.Matching(wanted[0] + "*"));
    });

    [Fact]
    public void LabelsAreUnique() => Names.Sample(names =>
    {
        var targets = HostList.Parse(string.Join(',', names)).ToTargets();
        Assert.Equal(targets.Length, targets.Select(target => target.Label).Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.Equal(names, targets.Select(target => target.Name));
        Assert.Equal(Enumerable.Range(0, names.Length), targets.Select(target => target.Index));
    });

    private static bool Covers(Target excluded, Target name) => excluded.Host.Equals(name.Host, StringComparison.OrdinalIgnoreCase)
        && (excluded.User is null || excluded.User == name.User) && (excluded.Port is null || excluded.Port == name.Port);
}
