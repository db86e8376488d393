using Volley.Ssh.Config.Keywords;
using Xunit;

namespace Volley.Ssh.UnitTests.Config;

public class AlgorithmListTests
{
    [Fact]
    public void WhatWasAppliedOnceDoesNotHoldForOtherDefaultsOrAnotherList()
    {
        string[] defaults = ["a1", "a2", "b"], others = ["b", "a2"];
        var list = SshAlgorithmList.Parse("-a*");
        Assert.Equal(["b"], list.Apply(defaults, defaults));
        Assert.Equal(["b"], list.Apply(defaults, defaults));
        Assert.Equal(["b"], list.Apply(others, others));
        Assert.Equal(["a1", "a2"], (list with { Names = ["b"] }).Apply(defaults, defaults));
        Assert.Equal(["a1", "a2"], (list with { Change = AlgorithmListChange.Replace }).Apply(defaults, defaults));
        Assert.Equal(["a2"], (list with { Change = AlgorithmListChange.Replace }).Apply(defaults, others));
    }
}
