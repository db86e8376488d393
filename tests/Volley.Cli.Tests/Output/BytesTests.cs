using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Output;

/// <summary>Bytes that are not UTF-8 arrive as they were typed, in commands, variables, configurations and the names of files.</summary>
public sealed class BytesTests(Fleet fleet) : IDisposable
{
    private const string Hex = "printf %s \"$VOLLEY_A,$VOLLEY_B,$VOLLEY_C\" | od -An -tx1";

    private readonly string _folder = Directory.CreateTempSubdirectory("volley-bytes-").FullName;

    // The base library can't remove the names that the tests make.
    public void Dispose() => System.Diagnostics.Process.Start("rm", ["-rf", _folder]).WaitForExit();

    [Theory]
    [InlineData("native")]
    [InlineData("openssh")]
    public async Task CommandsVariablesAndConfigurationsArriveOnAHost(string transport)
    {
        var result = await ShellAsync(
            $"""
            mkdir "d$b"; sed '/IdentityFile/d' {fleet.SshConfig} >"d$b/c$b"; cp -p {fleet.KeyPath} "d$b/k$b"
            mkdir "i$b"; echo "SetEnv VOLLEY_B=$b" >"i$b/x$b"; echo "Include $PWD/i$b/*" >>"d$b/c$b"
            cd "d$b"; export "VOLLEY_C=$b"
            "$volley" --transport {transport} -F "c$b" -i "k$b" -o SendEnv=VOLLEY_C -H 127.0.12.1 -N --env "VOLLEY_A=$b" "printf %s $b | od -An -tx1; {Hex.Replace("\"", "\\\"", StringComparison.Ordinal).Replace("$", "\\$", StringComparison.Ordinal)}"
            """);
        Assert.Equal(("", " 6e e9 6d c3\n 6e e9 6d c3 2c 6e e9 6d c3 2c 6e e9 6d c3\n", 0), (result.Stderr, result.Stdout, result.ExitCode));
    }

    [Fact]
    public async Task ArgumentsVariablesAndInputArriveAtALocalProcess()
    {
        var result = await ShellAsync(
            $"""
            export "VOLLEY_C=$b"
            "$volley" --transport exec -H a -N --env "VOLLEY_A=$b" sh -c '{Hex.Replace(",$VOLLEY_B", ",$1", StringComparison.Ordinal)}' sh "$b"
            """);
        Assert.Equal(("", " 6e e9 6d c3 2c 6e e9 6d c3 2c 6e e9 6d c3\n"), (result.Stderr, result.Stdout));
    }

    [Fact]
    public async Task TheWorkingDirectoryMayHaveSuchAName()
    {
        var result = await ShellAsync(
            """
            mkdir "d$b" && cd "d$b"
            echo 'echo "$1"' >s; echo h1,h2 >h; echo h2 >x; : >config
            "$volley" --transport exec -H ^h -x ^x --script s --output-dir o/p --report r one
            "$volley" -F config --transport native -H 127.0.0.1:1 true 2>/dev/null; echo $?
            cat o/p/h1.stdout; ls; grep -c '"command":' r
            ln -s "$volley" pdsh; ln -s "$volley" dshbak
            ./pdsh -R exec -w ^h echo %h | sort | ./dshbak -f -d out; cat out/h1
            echo 'h1: again' | ./dshbak -f -d out; cat out/h1
            WCOLL=h ./pdsh -R exec -Q | tail -n 1
            """);
        Assert.Equal("h1: one\n255\none\nconfig\nh\no\nr\ns\nx\n1\nh1\nagain\nh1,h2\n", result.Stdout);
        Assert.Equal("", result.Stderr);
    }

    [Fact]
    public async Task FilesMayHaveSuchNames()
    {
        var result = await ShellAsync(
            """
            echo 'echo "$1"' >"s$b"; echo h1,h2 >"h$b"; echo h2 >"x$b"
            "$volley" --transport exec -H "^h$b" -x "^x$b" --script "s$b" --output-dir "o$b/p" --report "r$b" "$b"
            "$volley" --transport exec -H "h3" --output-dir "o$b/p" --overwrite true
            "$volley" --transport exec -H "h3" --output-dir "o$b/p" true
            cat "o$b/p/h1.stdout"; ls; ls "o$b/p"; grep -c '"command":' "r$b"
            "$volley" --transport exec -H "h1" --script "none$b"
            """);
        Assert.Equal(
            "h1: n\u00e9m\u00c3\nn\u00e9m\u00c3\nhn\u00e9m\u00c3\non\u00e9m\u00c3\nrn\u00e9m\u00c3\nsn\u00e9m\u00c3\nxn\u00e9m\u00c3\nh1.stdout\nh3.stdout\nsummary.json\n1\n",
            Latin1(result.StdoutBytes));
        Assert.Equal(
            "volley: --output-dir on\u00e9m\u00c3/p: h3.stdout already exists; choose another directory, or add --overwrite\nvolley: --script nonen\u00e9m\u00c3: No such file or directory\n",
            Latin1(result.StderrBytes));
        Assert.Equal(2, result.ExitCode);
    }

    [Fact]
    public async Task AHostNameHoldsNone()
    {
        var result = await ShellAsync(
            """
            printf 'h1\nu\351@h2\n' >hosts
            "$volley" --transport exec -H "h$b" echo ran; "$volley" --transport exec -H ^hosts echo ran
            """);
        Assert.Equal((2, ""), (result.ExitCode, result.Stdout));
        Assert.Contains("volley: unexpected byte 0xE9, which is not UTF-8, in a host name;", result.Stderr);
        Assert.Contains("volley: hosts line 2: unexpected byte 0xE9, which is not UTF-8, in a user name;", result.Stderr);
    }

    [Fact]
    public async Task TheFrontEndsOfPdshPassThemOn()
    {
        var result = await ShellAsync(
            $$"""
            ln -s "$volley" pdsh; ln -s "$volley" dshbak; echo h1,h2 >"h$b"; mkdir "d$b"
            ./pdsh -R exec -w "^h$b" -f1 printf '%s-%%%%h\n' "$b" | ./dshbak -c
            PDSH_SSH_ARGS='-F {{fleet.SshConfig}} %h' ./pdsh -R ssh -N -w 127.0.12.2 "printf %s $b | od -An -tx1"
            printf 'printf %%%%s n\351m | od -An -tx1\n!echo n\351m\n' | ./pdsh -R exec -N -w h1
            printf 'h1: n\351m\nh\351: x\n' >"in$b"; ./dshbak -d "d$b/e" -f "in$b"; ls "d$b/e"; cat "d$b/e/h1"
            """);
        Assert.Equal(
            "----------------\nh[1-2]\n----------------\nn\u00e9m\u00c3-%h\n 6e e9 6d c3\n" +
                "pdsh> printf %%s n\u00e9m | od -An -tx1\n 6e e9 6d\npdsh> !echo n\u00e9m\nn\u00e9m\npdsh> " + "h1\nh\u00e9\nn\u00e9m\n",
            Latin1(result.StdoutBytes));
        Assert.Equal(("", 0), (result.Stderr, result.ExitCode));
    }

    private static string Latin1(byte[] bytes) => System.Text.Encoding.Latin1.GetString(bytes);

    /// <summary>A shell line in the scratch folder, with the program in $volley and a name that is not UTF-8 in $b: two bytes that can't be, and one that lacks others.</summary>
    private Task<ProgramResult> ShellAsync(string line) => ProgramRun.RunAsync(
        new ProgramStart("/bin/sh", "-c", $"volley=$0; b=$(printf 'n\\351m\\303')\n{line}", BuiltProgram.Path) with
        {
            WorkingDirectory = _folder,
            Environment = VolleyRun.Start().Environment,
        });
}
