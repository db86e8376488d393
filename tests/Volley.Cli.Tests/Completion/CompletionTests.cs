using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Completion;

public class CompletionTests(CompletionScene scene) : IClassFixture<CompletionScene>
{
    [Theory]
    [InlineData("volley --par", "--parallel")]
    [InlineData("volley runs --nats-cr", "--nats-creds")]
    [InlineData("volley relay --allowed", "--allowed-signers")]
    [InlineData("volley attach --nats-to", "--nats-token-file")]
    [InlineData("volley att", "attach")]
    [InlineData("volley pi", "ping")]
    [InlineData("volley hist", "history")]
    [InlineData("volley -H web[1-3] --tim", "--timeout")]
    [InlineData("volley run -k -H a,b --prog", "--progress")]
    [InlineData("volley ping -kH a --connect-t", "--connect-timeout")]
    [InlineData("volley --output st", "stream")]
    [InlineData("volley -H a --output nor", "normal")]
    [InlineData("volley -H a --output g", "gather")]
    [InlineData("volley -g --sort n", "nodes")]
    [InlineData("volley --output js", "json")]
    [InlineData("volley --transport e", "exec")]
    [InlineData("volley --color n", "never")]
    [InlineData("volley completion z", "zsh")]
    [InlineData("volley connectio", "connections")]
    [InlineData("volley connections --c", "--close")]
    public async Task BashCompletes(string line, string word) => Assert.Equal([word], await CompleteAsync(line));

    [Theory]
    [InlineData("volley -H a ls --par")]
    [InlineData("volley -H a -- --par")]
    [InlineData("volley --par=3 ru")]
    [InlineData("volley -H ru")]
    public async Task BashLeavesTheCommandAlone(string line) => Assert.Empty(await CompleteAsync(line));

    [Fact]
    public async Task AllOptionsAreSuggested()
    {
        var words = await CompleteAsync("volley -");
        Assert.Contains("--require-all-success", words);
        Assert.Contains("--version", words);
        Assert.Contains("--tui", words);
        Assert.Contains("tui", await CompleteAsync("volley --output "));
        Assert.Contains("stream,gather", await CompleteAsync("volley --output stream,"));
        Assert.DoesNotContain("stream,stream", await CompleteAsync("volley --output stream,"));
    }

    [Theory]
    [InlineData("[suggest:12]", "volley --par -H x", "--parallel\n")]
    [InlineData("[suggest]", "volley --par", "--parallel\n")]
    [InlineData("[suggest:no]", "volley --par", "--parallel\n")]
    [InlineData("[suggest:99999999999]", "volley --par", "--parallel\n")]
    [InlineData("[suggest:0]", "volley --par", "\n")]
    public async Task ThePositionIsThatOfTheCursor(string directive, string line, string suggestions)
    {
        var result = await VolleyRun.RunAsync(directive, line);
        Assert.Equal(suggestions, result.Stdout);
        Assert.Equal("", result.Stderr);
        Assert.Equal(0, result.ExitCode);
    }

    [Theory]
    [InlineData("bash", "complete -F _volley volley\n")]
    [InlineData("zsh", "compdef _volley volley\n")]
    [InlineData("fish", "complete -c volley ")]
    public async Task EveryShellHasItsScript(string shell, string text)
    {
        var result = await VolleyRun.RunAsync("completion", shell);
        Assert.Equal(0, result.ExitCode);
        Assert.Contains(text, result.Stdout, StringComparison.Ordinal);
    }

    /// <summary>What bash itself makes of the script when Tab is pressed at the end of the line.</summary>
    private async Task<string[]> CompleteAsync(string line)
    {
        const string Script = """
            PATH=${1%/*}:$PATH
            source <(volley completion bash)
            IFS=' ' COMP_LINE=$2 COMP_POINT=${#2}
            read -ra COMP_WORDS <<<"$2"
            [[ $2 == *' ' ]] && COMP_WORDS+=('')
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            [[ $(complete -p volley) == *' -F _volley volley' ]] && _volley volley "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
            printf '%s\n' "${COMPREPLY[@]}"
            """;
        var result = await ProgramRun.RunAsync(new ProgramStart("bash", "-c", Script, "bash", scene.Folder["bin/volley"], line));
        Assert.Equal("", result.Stderr);
        return result.Stdout.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
