using Xunit;

namespace Volley.Cli.Tests.Completion;

/// <summary>Command lines of interactive shells after Tab.</summary>
public class ShellCompletionTests(CompletionScene scene) : IClassFixture<CompletionScene>
{
    [Theory]
    [InlineData("volley -H ga", "volley -H gate1 ")]
    [InlineData("volley -H 'web1,ga", "volley -H 'web1,gate1' ")]
    [InlineData("volley -H \"web1&ga", "volley -H \"web1&gate1\" ")]
    [InlineData("volley -H web1,root@ga", "volley -H web1,root@gate1 ")]
    [InlineData("volley -H '@web!d", "volley -H '@web!db1' ")]
    [InlineData("volley -H @database,@cluster:w", "volley -H @database,@cluster:web ")]
    [InlineData("volley -H root@@dat", "volley -H root@@database ")]
    [InlineData("volley -H @clu", "volley -H @cluster:")]
    [InlineData("volley --hosts=web1,ga", "volley --hosts=web1,gate1 ")]
    [InlineData("volley -C dat", "volley -C database ")]
    [InlineData("volley --profile c", "volley --profile careful ")]
    [InlineData("volley --output g", "volley --output gather ")]
    [InlineData("volley --output=g", "volley --output=gather ")]
    [InlineData("volley --require", "volley --require-all-success ")]
    [InlineData("volley connecti", "volley connections ")]
    [InlineData("volley connections --close ga", "volley connections --close gate1 ")]
    [InlineData("volley hosts -e ga", "volley hosts -e gate1 ")]
    [InlineData("volley -H web1 mkfif", "volley -H web1 mkfifo ")]
    [InlineData("volley -i files/deep/k", "volley -i files/deep/key ")]
    [InlineData("volley --identity=files/deep/k", "volley --identity=files/deep/key ")]
    [InlineData("volley --output-dir files/d", "volley --output-dir files/deep/")]
    public async Task EveryShellCompletes(string typed, string line)
    {
        foreach (var shell in new[] { "bash", "zsh", "fish" })
            Assert.Equal($"{shell}: {line}", $"{shell}: {(await scene.CompleteAsync(shell, typed)).TrimEnd('\n')}");
    }

    [Theory]
    [InlineData("volley -H web1 ls fil")]
    [InlineData("volley -H fil")]
    [InlineData("volley --parallel fil")]
    [InlineData("volley -H evil")]
    [InlineData("volley --wrong fil")]
    [InlineData("volley fil")]
    public async Task NothingIsCompletedWhereNothingFits(string typed)
    {
        foreach (var shell in new[] { "bash", "zsh", "fish" })
            Assert.Equal($"{shell}: {typed}", $"{shell}: {(await scene.CompleteAsync(shell, typed)).TrimEnd('\n')}");
        Assert.False(File.Exists(scene.Folder["ran"]));
    }

    [Theory]
    [InlineData("bash", "volley --hosts='web1,ga", "volley --hosts='web1,gate1' ")]
    [InlineData("zsh", "volley --hosts='web1,ga", "volley --hosts=web1,gate1 ")]
    [InlineData("fish", "volley --hosts='web1,ga", "volley --hosts='web1,gate1' ")]
    [InlineData("bash", "volley -H ^files/de", "volley -H ^files/deep/")]
    [InlineData("zsh", "volley -H ^files/de", "volley -H \\^files/deep/")]
    [InlineData("fish", "volley -H ^files/de", "volley -H ^files/deep/")]
    [InlineData("bash", "volley -H '^files/it", "volley -H '^files/it'\\''s' ")]
    [InlineData("bash", "volley -H ^files/it", "volley -H ^files/it\\'s ")]
    [InlineData("bash", "volley -H ^files/a", "volley -H ^files/a\\ b\\\\,c.txt ")]
    [InlineData("bash", "volley -H \"^files/a", "volley -H \"^files/a b\\\\,c.txt\" ")]
    [InlineData("bash", "volley -H 'web1'\\!ga", "volley -H 'web1'\\!gate1 ")]
    [InlineData("zsh", "volley -H '^files/it", "volley -H '^files/it'\\''s' ")]
    [InlineData("zsh", "volley -H \\^files/a", "volley -H \\^files/a\\ b\\\\,c.txt ")]
    [InlineData("fish", "volley -H '^files/it", "volley -H '^files/it\\'s' ")]
    public async Task WhatIsAddedIsQuotedAsTheShellDoes(string shell, string typed, string line) =>
        Assert.Equal(line, (await scene.CompleteAsync(shell, typed)).TrimEnd('\n'));

    [Theory]
    [InlineData("bash", "volley -H 'web1,", "alt:2222", "db1", "gate1")]
    [InlineData("zsh", "volley -H 'web1,", "alt:2222", "known_hosts", "db1", "ssh_config")]
    [InlineData("zsh", "volley -C ", "web[1-4],web9", "database")]
    [InlineData("zsh", "volley --re", "exit with 0 if all hosts succeed, else 1", "--retries")]
    [InlineData("fish", "volley -H 'web1,", "known_hosts", "ssh_config")]
    [InlineData("fish", "volley -H @", "group of rack", "group of cluster")]
    [InlineData("fish", "volley ", "connect and log in only")]
    public Task ListsShowItemsAndDescriptions(string shell, string typed, params string[] texts) => scene.ShowsAsync(shell, typed, texts);
}
