using System.Diagnostics;
using System.Text;
using Volley.Cli.Completion;
using Volley.Cli.Options;
using Xunit;

namespace Volley.Cli.Tests.Completion;

/// <summary>The answers of the program to completion scripts.</summary>
public class SuggestionTests(CompletionScene scene) : IClassFixture<CompletionScene>
{
    [Theory]
    [InlineData("-H ", "alt:2222 db1 gate1 web1 web2")]
    [InlineData("-H 10", "10.0.0.1 10.0.0.2:2222")]
    [InlineData("-H [", "[fe80::1]")]
    [InlineData("-H web1,web", "web1,web2")]
    [InlineData("-H web[1-3]!web", "web[1-3]!web1 web[1-3]!web2")]
    [InlineData("-H a,(b&d", "a,(b&db1")]
    [InlineData("-H web1^d", "web1^db1")]
    [InlineData("-H root@d", "root@db1")]
    [InlineData("-Hd", "-Hdb1")]
    [InlineData("-kHd", "-kHdb1")]
    [InlineData("--hosts=d", "--hosts=db1")]
    [InlineData("-x d", "db1")]
    [InlineData("--exclude d", "db1")]
    [InlineData("--filter d", "db1")]
    [InlineData("--main-rank d", "db1")]
    [InlineData("--why d", "db1")]
    [InlineData("-J web1,root@d", "web1,root@db1")]
    [InlineData("-J @", "")]
    [InlineData("ping -H d", "db1")]
    [InlineData("run -k -H d", "db1")]
    [InlineData("config -H d", "db1")]
    [InlineData("hosts d", "db1")]
    [InlineData("hosts -e web1 d", "db1")]
    [InlineData("connections --close d", "db1")]
    [InlineData("connections --close=d", "--close=db1")]
    [InlineData("connections --dry-run --close d", "db1")]
    [InlineData("pdsh -w web1,d", "web1,db1")]
    public async Task HostsAreCompletedWhereHostsAreMeant(string arguments, string answer) =>
        Assert.Equal(answer, string.Join(' ', await scene.AskAsync("[suggest]", $"volley {arguments}")));

    [Theory]
    [InlineData("-H @we", "@web")]
    [InlineData("-H @rack", "@rack: @racka @rackb")]
    [InlineData("-H @rack:", "@rack:racka @rack:rackb")]
    [InlineData("-H web1,@cluster:w", "web1,@cluster:web")]
    [InlineData("-H @@cl", "@@cluster")]
    [InlineData("-H @ssh:d", "@ssh:db1")]
    [InlineData("-H @broken:", "")]
    [InlineData("-H @late", "")]
    [InlineData("-H @none:", "")]
    [InlineData("--cluster ", "database web")]
    [InlineData("--cluster=w", "--cluster=web")]
    [InlineData("--profile ", "careful")]
    [InlineData("list cl", "cluster")]
    public async Task GroupsAreCompletedFromTheirSources(string arguments, string answer) =>
        Assert.Equal(answer, string.Join(' ', await scene.AskAsync("[suggest]", $"volley {arguments}")));

    [Theory]
    [InlineData("-i ", "[files]")]
    [InlineData("-F ", "[files]")]
    [InlineData("--script ", "[files]")]
    [InlineData("--config ", "[files]")]
    [InlineData("--config=", "[files]")]
    [InlineData("--inventory ", "[files]")]
    [InlineData("--report ", "[files]")]
    [InlineData("--output-dir ", "[directories]")]
    [InlineData("config check ", "[files]")]
    [InlineData("push -H web1 ", "[files]")]
    [InlineData("push x -H web1 y", "[files]")]
    [InlineData("sync -H web1 ", "[files]")]
    [InlineData("sync -H web1 x y", "")]
    [InlineData("pull -H web1 x", "")]
    [InlineData("pull -H web1 /var/log ", "[directories]")]
    [InlineData("-H ^files/", "^files/a b\\,c.txt|^files/deep/|^files/it's")]
    [InlineData("-H web1,^files/d", "web1,^files/deep/")]
    [InlineData("-H ^/nonexistent/", "")]
    [InlineData("-H web1 cat ", "")]
    [InlineData("-H web1 --script x.sh a", "")]
    [InlineData("--user ", "")]
    [InlineData("ping -H web1 x", "")]
    [InlineData("help ", "")]
    public async Task FilesAreCompletedOnlyWhereFilesAreMeant(string arguments, string answer) =>
        Assert.Equal(answer, string.Join('|', await scene.AskAsync("[suggest]", $"volley {arguments}")));

    [Theory]
    [InlineData("--transport ", "auto exec native openssh")]
    [InlineData("--order r", "random reversed")]
    [InlineData("--color=", "--color=always --color=auto --color=never")]
    [InlineData("--interpreter mkfif", "mkfifo")]
    [InlineData("-C web mkfif", "mkfifo")]
    [InlineData("-H web1 -- mkfif", "mkfifo")]
    [InlineData("--no-ke", "--no-keep --no-keep-max")]
    [InlineData("-k --fail", "")]
    [InlineData("-k", "-k")]
    [InlineData("--mkd", "")]
    [InlineData("push --mkd", "--mkdir")]
    [InlineData("push --scr", "")]
    [InlineData("push x --method=s", "--method=sftp --method=shell")]
    [InlineData("ping --scr", "")]
    [InlineData("ping --retr", "--retries")]
    [InlineData("completion ", "bash fish zsh")]
    [InlineData("connections ", "--close --dry-run")]
    [InlineData("hosts --c", "--config --count")]
    [InlineData("config che", "check")]
    [InlineData("X", "")]
    public async Task OptionsAndTheirValuesAreCompleted(string arguments, string answer) =>
        Assert.Equal(answer, string.Join(' ', await scene.AskAsync("[suggest]", $"volley {arguments}")));

    [Fact]
    public async Task AllVerbsAreCompleted() =>
        Assert.Superset(Enum.GetValues<RunVerb>().Select(verb => verb.GetName().Split(' ')[0]).ToHashSet(), (await scene.AskAsync("[suggest]", "volley ")).ToHashSet());

    [Fact]
    public async Task ABrokenConfigurationHidesNoHosts()
    {
        var broken = scene.Folder.Write("broken.yaml", "clusters: [");
        Assert.Equal(["--hosts", "--hosts-failed", "--hosts-ok"], await scene.AskAsync("[suggest]", $"volley --config {broken} --hos"));
        Assert.Empty(await scene.AskAsync("[suggest]", $"volley --config {broken} --cluster "));
        Assert.Equal(["db1"], await scene.AskAsync("[suggest]", $"volley --config {broken} -F {scene.Folder["ssh_config"]} -H d"));
        var config = scene.Folder.Write("broken.conf", "Host a\n  NoSuchKeyword x\n");
        Assert.Equal(["@web", "@web:"], (await scene.AskAsync("[suggest]", $"volley -F {config} -H @web")).Append("@web:"));
    }

    [Theory]
    [InlineData("--config PIPE -H d", "db1")]
    [InlineData("--config PIPE --profile ", "")]
    [InlineData("--config /dev/zero -C ", "")]
    [InlineData("-F PIPE -H d", "")]
    [InlineData("-F PIPE -H @we", "@web")]
    [InlineData("--inventory PIPE -H @we", "@web")]
    [InlineData("--inventory PIPE list cl", "")]
    [InlineData("list --inventory PIPE cl", "cluster")]
    [InlineData("hosts --inventory PIPE @@cl", "@@cluster")]
    [InlineData("-H '^PIP", "")]
    public async Task AFileThatNeverEndsHoldsNothingUp(string arguments, string answer)
    {
        var pipe = scene.Folder["pipe"];
        if (!File.Exists(pipe))
            StopCalls.MakePipe(pipe);
        var watch = Stopwatch.StartNew();
        var config = arguments.StartsWith("--config", StringComparison.Ordinal) ? $"-F {scene.Folder["ssh_config"]} " : "";
        Assert.Equal(answer, string.Join(' ', await scene.AskAsync("[suggest]", $"volley {config}{arguments.Replace("PIPE", pipe, StringComparison.Ordinal)}")));
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task AFailingSourceHidesNoOther()
    {
        var found = await scene.AskAsync("[suggest]", "volley -H @");
        Assert.Superset(new HashSet<string>(["@broken:", "@cluster:", "@rack:", "@racka", "@slow:", "@web"]), found.ToHashSet());
    }

    [Fact]
    public async Task DescriptionsHaveNoControlCharacters()
    {
        var config = scene.Folder.Write("hostile.yaml", "profiles:\n  odd: {user: \"a\\e]0;title\\a\\tb\"}\n");
        Assert.Equal(["odd\tuser=a^[]0;title^G b"], await scene.AskAsync("[fish]", $"volley --config {config} --profile "));
    }

    [Theory]
    [InlineData("[bash:63]|volley -H web1,d|web1,d", "db1")]
    [InlineData("[bash:9]|volley -H web1,d|web1,d", "web1,db1")]
    [InlineData("[bash:9]|volley --hosts=web1,d|web1,d", "web1,db1")]
    [InlineData("[bash:9]|volley -H root@d|@d", "@db1")]
    [InlineData("[bash:9]|volley -H '[fe|[fe", "[fe80::1]")]
    [InlineData("[bash:9]|volley -H |", "alt:2222 db1 gate1 web1 web2")]
    [InlineData("[bash:9]|volley -H \\[fe|\\[fe", "\\[fe80::1\\]")]
    [InlineData("[bash:9]|X=1 volley -H d|d", "db1")]
    [InlineData("[zsh:80]|volley|-H|web1,al", "web1,alt:2222\talt:2222  -- known_hosts")]
    [InlineData("[zsh:80]|volley|-C|", "database\tdatabase  -- db[1-2] web\tweb       -- web[1-4],web9")]
    [InlineData("[zsh:20]|volley|-C|data", "database\tdatabase  -- db[1-2")]
    [InlineData("[zsh:80]|volley|--output|js", "json\tjson")]
    [InlineData("[fish]|volley -H 'web1,al", "web1,alt:2222\tknown_hosts")]
    [InlineData("[fish]|A=b volley -H d", "db1\tssh_config")]
    public async Task EachShellHasItsForm(string request, string answer) => Assert.Equal(answer, string.Join(' ', await scene.AskAsync(request.Split('|'))));

    [Theory]
    [InlineData("a 'b c' d\\ e \"f\\\"g\\n\" h", false, "a|b c|d e|f\"g\\n|h", '\0')]
    [InlineData("a 'b", false, "a|b", '\'')]
    [InlineData("a \"b' ", false, "a|b' ", '"')]
    [InlineData("a '' ", false, "a||", '\0')]
    [InlineData("a b\\", false, "a|b", '\0')]
    [InlineData("X=1 Y_2= volley -", false, "volley|-", '\0')]
    [InlineData("a 'b\\'c", true, "a|b'c", '\'')]
    [InlineData("a 'b\\'c", false, "a|b\\c", '\0')]
    public void LinesAreSplitAsShellsDo(string line, bool isFish, string words, char quote)
    {
        var split = UnfinishedLine.Split(line, isFish);
        Assert.Equal(words, string.Join('|', split.Words));
        Assert.Equal(quote, split.Quote);
    }

    [Theory]
    [InlineData("a.b,10.0.0.1,a.c ssh-rsa A", "a.b a.c")]
    [InlineData("[a]:22\tssh-rsa A", "a:22")]
    [InlineData("[::1]:22 ssh-rsa A", "[::1]:22")]
    [InlineData("::1 ssh-rsa A", "[::1]")]
    [InlineData("*.a,!b,c ssh-rsa A", "c")]
    [InlineData("|1|x=|y= ssh-rsa A", "")]
    [InlineData("@cert-authority a ssh-rsa A", "")]
    [InlineData("10.0.0.1,a ssh-rsa A", "10.0.0.1")]
    [InlineData("a", "")]
    [InlineData("", "")]
    [InlineData("[a ssh-rsa A", "[a")]
    public void KnownHostsAreRead(string line, string names)
    {
        var found = new List<string>();
        KnownHostNames.ReadLine(Encoding.UTF8.GetBytes(line), Encoding.UTF8.GetBytes(names.Length == 0 ? "" : names[..1]), found);
        Assert.Equal(names, string.Join(' ', found));
    }

    [Fact]
    public async Task KnownHostsThatAreAPipeDelayNoCompletion()
    {
        var pipe = scene.Folder["known_pipe"];
        StopCalls.MakePipe(pipe);
        var config = scene.Folder.Write("piped_config", $"UserKnownHostsFile {pipe}\nGlobalKnownHostsFile none\nHost pine\n");
        Assert.Equal(["pine"], await scene.AskAsync("[suggest]", $"volley -F {config} -H p"));
    }

    [Fact]
    public async Task LongFilesAreReadInPieces()
    {
        var config = scene.Folder.Write("long_config", $"UserKnownHostsFile {scene.Folder["long"]}\nGlobalKnownHostsFile none\n");
        var hosts = Enumerable.Range(10000, 10000).Select(number => $"node{number}").ToArray();
        scene.Folder.Write("long", string.Concat(hosts.Select(host => $"{host} ssh-rsa {new string('A', 100)}\n")) + $"{new string('x', 100_000)} ssh-rsa A\nlast ssh-rsa A");
        string[] expected = [.. hosts.Prepend("last"), new string('x', 100_000)];
        Assert.Equal(expected, await scene.AskAsync("[suggest]", $"volley -F {config} -H "));
    }
}
