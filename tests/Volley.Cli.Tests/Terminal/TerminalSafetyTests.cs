using System.Text.RegularExpressions;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Terminal;

/// <summary>A terminal obeys nothing that a remote host prints, except its colours.</summary>
public class TerminalSafetyTests
{
    /// <summary>What is sent, in the form that printf(1) takes.</summary>
    internal const string Hostile =
        @"clip \033]52;c;aGk=\007\n" +
        @"title \033]0;owned\033\\\n" +
        @"move \033[2A\033[1;1H\033[2K\n" +
        @"screen \033[?1049h\033[2J\n" +
        @"reset \033c\n" +
        @"eight \233" + @"31m \302\233" + @"2J\n" +
        @"bidi \342\200\256txt.exe \342\201\246\n" +
        @"back abc\b\b\bxyz\rover\n" +
        @"colour \033[31mred\n" +
        @"conceal \033[8mseen\033[28m \033[31;41mred\033[0m \033[30mblack\n" +
        @"width a\342\200\213b\357\273\277 \363\240\201\201\n" +
        @"dos\r\n" +
        @"tab\there\n";

    /// <summary>What a terminal must get of it, line by line.</summary>
    internal static string[] Shown(bool colors) =>
    [
        "clip ^[]52;c;aGk=^G",
        @"title ^[]0;owned^[\",
        "move ^[[2A^[[1;1H^[[2K",
        "screen ^[[?1049h^[[2J",
        "reset ^[c",
        "eight \ufffd31m <U+009B>2J",
        "bidi <U+202E>txt.exe <U+2066>",
        "back abc^H^H^Hxyz^Mover",
        colors ? "colour \e[31mred\e[0m" : "colour red",
        colors ? "conceal \e[0mseen\e[28m \e[0mred\e[0m \e[0mblack\e[0m" : "conceal seen red black",
        "width a<U+200B>b<U+FEFF> <U+E0041>",
        "dos",
        "tab\there",
    ];

    [Theory]
    [InlineData("stream")]
    [InlineData("normal")]
    [InlineData("gather")]
    public async Task NothingButColoursIsObeyed(string mode)
    {
        await using var program = PtyProgram.Start(VolleyRun.Start(
            "--output", mode, "-N", "--progress", "never", "--transport", "exec", "-H", "a", "printf", Hostile));
        Assert.Equal(0, await program.WaitForExitAsync());
        Assert.Equal(string.Concat(Shown(colors: true).Select(line => line + "\r\n")), program.Transcript);
    }

    [Theory]
    [InlineData("stream")]
    [InlineData("normal")]
    [InlineData("gather")]
    public async Task WithoutColoursThereAreNone(string mode)
    {
        await using var program = PtyProgram.Start(VolleyRun.Start(
            "--output", mode, "-N", "--progress", "never", "--transport", "exec", "-H", "a", "printf", Hostile).WithVariable("NO_COLOR", "1"));
        Assert.Equal(0, await program.WaitForExitAsync());
        Assert.Equal(string.Concat(Shown(colors: false).Select(line => line + "\r\n")), program.Transcript);
    }

    [Theory]
    [InlineData("stream")]
    [InlineData("normal")]
    [InlineData("gather")]
    public async Task ATerminalThatDoesNotDecodeUtf8GetsAscii(string mode)
    {
        // U+00DB is C3 9B: such a terminal takes the second byte for the start of a sequence.
        await using var program = PtyProgram.Start(VolleyRun.Start(
            "--output", mode, "--progress", "never", "--transport", "exec", "-H", "\u00db2J", "printf", @"\303\2332J\n; exit 3").WithVariable("LC_ALL", "C"));
        await program.WaitForExitAsync();
        Assert.Contains("<U+00DB>2J", program.Transcript, StringComparison.Ordinal);
        Assert.True(program.Transcript.All(char.IsAscii), program.Transcript);
    }

    [Theory]
    [InlineData("stream")]
    [InlineData("normal")]
    [InlineData("gather")]
    public async Task APipeGetsTheBytesAsTheyWereSent(string mode)
    {
        var sent = await ProgramRun.RunAsync(new ProgramStart("printf", Hostile));
        var result = await VolleyRun.RunAsync("--output", mode, "-N", "--color", "always", "--transport", "exec", "-H", "a", "printf", Hostile);
        Assert.Equal(sent.StdoutBytes, result.StdoutBytes);
    }

    [Theory]
    [InlineData("stream")]
    [InlineData("normal")]
    [InlineData("gather")]
    public async Task WhatIsRemoteInOurOwnMessagesIsMadeHarmless(string mode)
    {
        // A program's name is a word of the user's here, but it takes the way that messages of a server take.
        await using var program = PtyProgram.Start(VolleyRun.Start(
            "--output", mode, "--progress", "never", "--transport", "exec", "-H", "a", "no\e]0;x\aprogram"));
        Assert.Equal(127, await program.WaitForExitAsync());
        Assert.Contains("no^[]0;x^Gprogram", program.Transcript, StringComparison.Ordinal);
        Assert.DoesNotMatch("\e(?!\\[[0-9;]*m)", Regex.Replace(program.Transcript, "\e\\[[0-9;]*m", ""));
    }
}
