using CsCheck;
using Xunit;

namespace Volley.Inventory.Tests;

public class SetAlgebraPropertyTests
{
    private static readonly Gen<string> Member =
        Gen.Select(OneOf("", "root@", "ops@"), OneOf("a", "b", "c"), Gen.Int[1, 3], OneOf("", ":22"), (user, name, number, port) => $"{user}{name}{number}{port}");

    private static readonly Gen<string> Operand = Member.Array[1, 4].Select(names => $"({string.Join(',', names)})");

    private static readonly Gen<string> Plain =
        Gen.Select(OneOf("a", "b"), Gen.Int[1, 4], Gen.Int[0, 3], (name, low, more) => $"{name}[{low}-{low + more}]").Array[1, 3].Select(items => $"({string.Join(',', items)})");

    // All members state user and port. One without would stand for others of the universe.
    private static readonly string Universe = $"({string.Join(',',
        from user in new[] { "root", "ops", "x" } from host in new[] { "a", "b", "c" } from port in new[] { 22, 23 } select $"{user}@{host}[1-3]:{port}")})";

    [Fact]
    public void DeMorganHoldsInsideAUniverse() => Gen.Select(Operand, Operand).Sample((a, b) =>
    {
        Assert.Equal(Set($"{Universe}!({a},{b})"), Set($"({Universe}!{a})&({Universe}!{b})"));
        Assert.Equal(Set($"{Universe}!({a}&{b})"), Set($"({Universe}!{a}),({Universe}!{b})"));
    }, iter: 2000);

    [Fact]
    public void AnOperandAloneChangesNothing() => Operand.Sample(a =>
    {
        Assert.Equal(Set(a), Set($"{a}&{a}"));
        Assert.Equal(Set(a), Set($"{a},{a}"));
        Assert.Empty(Set($"{a}!{a}"));
        Assert.Empty(Set($"{a}^{a}"));
    }, iter: 2000);

    [Fact]
    public void OperatorsOfPlainNamesAreThoseOfSets() => Gen.Select(Plain, Plain).Sample((a, b) =>
    {
        HashSet<string> left = Set(a), right = Set(b);
        Assert.Equal(left.Union(right).ToHashSet(), Set($"{a},{b}"));
        Assert.Equal(left.Except(right).ToHashSet(), Set($"{a}!{b}"));
        Assert.Equal(left.Intersect(right).ToHashSet(), Set($"{a}&{b}"));
        Assert.Equal(left.Union(right).Except(left.Intersect(right)).ToHashSet(), Set($"{a}^{b}"));
    }, iter: 2000);

    [Fact]
    public void AFoldedResultExpandsToTheSameNames() => Gen.Select(Operand, Operand).Sample((a, b) =>
    {
        HashSet<string> names = Set($"{a},{b}");
        Assert.Equal(names, Set(HostList.Fold(names)));
    }, iter: 1000);

    [Fact]
    public void StepsExpandToTheSameNames()
    {
        var number = Gen.Select(Gen.Int[0, 40], OneOf("0", "00"), (value, format) => value.ToString(format, System.Globalization.CultureInfo.InvariantCulture));
        Gen.Select(OneOf("n", "r"), number, number, (name, x, y) => $"{name}{x}c{y}").Array[1, 60].Sample(names =>
        {
            string folded = SteppedFolding.Fold(names.Distinct());
            Assert.Equal(names.ToHashSet(), HostList.Parse(folded).Select(host => host.ToString()).ToHashSet());
            Assert.Equal(names.Distinct().Count(), HostList.Parse(folded).Count);
        }, iter: 1000);
    }

    private static Gen<string> OneOf(params string[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    private static HashSet<string> Set(string expression)
    {
        Task<IReadOnlyList<KnownHost>> hosts = HostExpression.Parse(expression).EvaluateAsync(HostSources.None).AsTask();
        Assert.True(hosts.IsCompleted);
        return [.. hosts.GetAwaiter().GetResult().Select(host => host.ToString())];
    }
}
