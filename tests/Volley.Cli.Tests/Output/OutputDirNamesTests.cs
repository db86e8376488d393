using System.Collections.Immutable;
using System.Text;
using CsCheck;
using Volley.Interop.Files;
using Xunit;

namespace Volley.Cli.Tests.Output;

public class OutputDirNamesTests
{
    [Theory]
    [InlineData("web1", "web1")]
    [InlineData("root@db-1.example.com:2222", "root@db-1.example.com_2222")]
    [InlineData("h1#2", "h1#2")]
    [InlineData("[2001:db8::1]:22", "2001_db8__1_22")]
    [InlineData("../../etc/passwd", "_._.._etc_passwd")]
    [InlineData(".hidden", "_hidden")]
    [InlineData("-rf", "_rf")]
    [InlineData("a/b\\c:d*e?f\"g<h>i|j", "a_b_c_d_e_f_g_h_i_j")]
    [InlineData("a b\tc\nd\u0000e\e[2J", "a_b_c_d_e_2J")]
    [InlineData("$(id);'x'&y", "__id___x__y")]
    [InlineData("bücher-漢", "bücher-漢")]
    [InlineData("a\u202eb\u200bc\u00a0d", "a_b_c_d")]
    public void WhatCouldBeTakenForSomethingElseIsReplaced(string label, string name) => Assert.Equal([name], Names(label));

    [Fact]
    public void NoTwoNamesAreAlike() => Assert.Equal(["a_b", "a_b~2", "A_B~3", "a_b~2~2", "web", "WEB~2"], Names("a:b", "a/b", "A_B", "a_b~2", "web", "WEB"));

    [Fact]
    public void ALongNameIsShortenedToWhatAFileMayHave()
    {
        var names = Names(new string('é', 300), new string('é', 301));
        Assert.NotEqual(names[0], names[1]);
        Assert.All(names, name => Assert.InRange(Encoding.UTF8.GetByteCount(name + ".stdout"), 200, 255));
    }

    [Fact]
    public void WhateverTheLabelsAreTheNamesAreUniqueAndStayInTheFolder() => Gen.String.Where(label => label.Length > 0).Array[1, 20].Sample(labels =>
    {
        var names = Names(labels);
        Assert.Equal(labels.Length, names.Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.All(names, name => Assert.Equal($"/d/{name}.stdout", Path.GetFullPath($"/d/{name}.stdout")));
    });

    private static ImmutableArray<string> Names(params string[] labels) => FileNames.ForLabels(labels);
}
