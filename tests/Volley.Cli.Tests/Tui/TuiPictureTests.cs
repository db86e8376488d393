using System.Globalization;
using System.Xml.Linq;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Tui;

/// <summary>Every view on a fleet of real hosts, and its picture in the documentation.</summary>
/// <remarks>The pictures are drawn anew by a run of this test with VOLLEY_ACCEPT=1.</remarks>
public sealed class TuiPictureTests(Fleet fleet)
{
    private const int Columns = 100;
    private const int Rows = 24;
    private const int Hosts = 40;

    // Reads its number off the address that it was reached at. Those above 28 go on until they are stopped.
    private const string Job = """
        n=${SSH_CONNECTION% *}; n=${n##*.}
        echo "Reading package lists..."
        case $n in
            5) echo "E: Could not get lock /var/lib/dpkg/lock" >&2; echo "E: Is another process using it?" >&2; exit 100 ;;
            12) sleep 1000 ;;
            9|17) echo "kernel 6.1.0-25"; echo "reboot needed" >&2; exit 3 ;;
            ?|1?|2[0-8]) echo "kernel 6.1.0-28"; echo "all up to date"; exit 0 ;;
        esac
        seq -f "Get:%g http://deb.example.org/debian stable/main amd64" 1 30
        printf "Progress: [%3d%%]" $((n * 7 % 90 + 5)); exec sleep 1000
        """;

    [Fact]
    public async Task EveryViewHasAPictureOfRealHosts()
    {
        await using var terminal = await TmuxTerminal.StartAsync(Columns, Rows, "tmux-256color", "NO_COLOR=");
        var names = Enumerable.Range(1, Hosts).Select(n => string.Create(CultureInfo.InvariantCulture, $"Host web{n}\nHostName 127.0.44.{n}\n"));
        var config = new FleetConfig(fleet) { Lines = [.. names, "Host db1", "HostName 127.0.44.200", "Port 1", "Host *"] }.Write();
        await File.WriteAllTextAsync(Path.Combine(terminal.Folder, "upgrade"), Job, TestContext.Current.CancellationToken);
        await terminal.RunAsync($"'{BuiltProgram.Path}' --tui -F '{config}' -H 'web[1-{Hosts}],db1' --parallel 38 --script upgrade");
        await terminal.ShowsAsync("U 1 unreachable", "F 3 failed", "o 24 ok", "r 13 running");

        await DrawAsync(terminal, "overview", "28/41 done");
        await terminal.TypeAsync("Tab", "/");
        await terminal.SendAsync("web[1-20],web[36-40]");
        await terminal.TypeAsync("Enter", "o");
        await DrawAsync(terminal, "nodes", "/web[1-20],web[36-40] 25 of 41", "100 E: Is another process using it?");
        await terminal.TypeAsync("Escape");
        await terminal.TypeAsync("g");
        await DrawAsync(terminal, "groups", "24  web[1-4,6-8,10-11,13-16,18-28]  exit 0  all up to date", "2  web[9,17]  exit 3");
        await terminal.TypeAsync("Space", "Space", "d");
        await terminal.ShowsAsync("diff", "-all up to date", "+kernel 6.1.0-25");
        await DrawAsync(terminal, "diff", "-all up to date", "+kernel 6.1.0-25");
        await terminal.TypeAsync("l");
        await DrawAsync(terminal, "log", "transport native: connected to OpenSSH_");
        await terminal.TypeAsync("?");
        await DrawAsync(terminal, "help", "quit; with jobs running twice");
        await terminal.TypeAsync("Escape");
        await terminal.ShowsAsync("transport native: connected to");
        await terminal.TypeAsync("Tab");
        await terminal.ShowsAsync("overview");
        await terminal.TypeAsync("End", "Left", "Enter");
        await terminal.ShowsAsync("web40  running");
        await terminal.TypeAsync("/");
        await terminal.SendAsync("Get:29");
        await terminal.TypeAsync("Enter");
        await DrawAsync(terminal, "node", "web40  running", "found in line 30");
        await terminal.TypeAsync("Tab");
        await terminal.ShowsAsync("overview");
        await terminal.TypeAsync("Tab");
        await terminal.ShowsAsync("nodes");
        await terminal.TypeAsync("/", "C-u", "Enter", "a");
        await terminal.ShowsAsync("41 marked");
        await terminal.TypeAsync("a");
        await terminal.ShowsAsync("nothing is marked");
        await terminal.TypeAsync("/");
        await terminal.SendAsync("web[4-5],web[9],web[40]");
        await terminal.TypeAsync("Enter", "a", "s");
        await DrawAsync(terminal, "split", "web4 ok", "│web5 exit 100", "│web9 exit 3", "│web40 running");

        await terminal.TypeAsync("q");
        await terminal.ShowsAsync("nodes");
        await terminal.TypeAsync("q");
        await terminal.ShowsAsync("13 jobs running: q again to stop them");
        await terminal.TypeAsync("q");
        var shown = await terminal.EndsAsync(130);
        Assert.Contains("exit 3: web[9,17]\n", shown, StringComparison.Ordinal);
        Assert.Contains("connect failed: db1\n", shown, StringComparison.Ordinal);
        // What was said meanwhile.
        Assert.Contains("volley: db1: connect failed: connect to host 127.0.44.200 port 1: Connection refused", shown, StringComparison.Ordinal);
        Assert.Contains("canceled: web[12,29-40]\n", shown, StringComparison.Ordinal);
    }

    private static async Task DrawAsync(TmuxTerminal terminal, string view, params string[] texts)
    {
        await terminal.ShowsAsync([view, .. texts]);
        var picture = ScreenPicture.Of(await terminal.ColoredScreenAsync(), Columns);
        var path = Path.Combine(Repository.Root, "docs", "images", $"tui-{view}.svg");
        if (Environment.GetEnvironmentVariable("VOLLEY_ACCEPT") == "1")
            await File.WriteAllTextAsync(path, picture, TestContext.Current.CancellationToken);

        // Times and orders differ from run to run; what the view is about does not.
        string TextOf(string svg) => string.Concat(XDocument.Parse(svg).Descendants().Where(element => element.Name.LocalName == "text").Select(element => element.Value));
        var (now, kept) = (TextOf(picture), TextOf(await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken)));
        foreach (var text in texts.Select(text => text.Replace(" ", "", StringComparison.Ordinal)))
        {
            Assert.Contains(text, now.Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal);
            Assert.Contains(text, kept.Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal);
        }
    }
}
