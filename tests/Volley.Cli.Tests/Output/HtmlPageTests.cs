using System.Globalization;
using System.Text.RegularExpressions;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Output;

/// <summary>The HTML report in a real browser.</summary>
/// <remarks>The pictures of the documentation are made anew by a run of these tests with VOLLEY_ACCEPT=1.</remarks>
public sealed partial class HtmlPageTests : IDisposable
{
    // A rolling check: most hosts agree, some differ in a line, some fail, and one prints what would be markup.
    private const string Script = """
        n=${1#web}
        case $n in
            13) echo '</script><script>document.title = "taken"</script><img src=x onerror=alert(1)>'; exit 3 ;;
            7|27|77) echo 'E: Unable to locate package nginx' >&2; exit 100 ;;
            *5) printf 'nginx 1.22.1\nworkers 4\nconfig /etc/nginx/nginx.conf\nstatus active\n' ;;
            *) printf 'nginx 1.26.3\nworkers 8\nconfig /etc/nginx/nginx.conf\nstatus active\n' ;;
        esac
        """;

    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task ABrowserShowsItAndRunsNothingOfTheHosts()
    {
        Assert.SkipUnless(TestRun.IsLong, "needs Chromium, which a run with --long installs");
        var page = _folder["report.html"];
        await RunAsync("--transport", "exec", "-H", "web[1-120]", "-q", "--report", page, "--script", _folder.Write("install-nginx", Script), "%h");
        var shown = await BrowseAsync(page, "--dump-dom");
        Assert.DoesNotContain("Refused to", shown.Stderr, StringComparison.Ordinal);
        Assert.Equal("4 of 120 hosts failed", TitlePattern().Match(shown.Stdout).Groups[1].Value);
        Assert.Equal(121, Regex.Count(shown.Stdout, "<tr[ >]") - Regex.Count(shown.Stdout, "<table class=\"causes\">.*?</table>", RegexOptions.Singleline) * 3);
        Assert.Contains("<b>web13</b>", shown.Stdout, StringComparison.Ordinal);
        Assert.Contains("&lt;/script&gt;&lt;script&gt;document.title", shown.Stdout, StringComparison.Ordinal);
        Assert.DoesNotContain("<img", shown.Stdout, StringComparison.Ordinal);
        if (Environment.GetEnvironmentVariable("VOLLEY_ACCEPT") is null)
            return;
        var images = Path.Combine(Repository.Root, "docs", "images");
        await BrowseAsync(page, $"--screenshot={Path.Combine(images, "report.png")}");
        await BrowseAsync(page, $"--screenshot={Path.Combine(images, "report-dark.png")}", "--blink-settings=preferredColorScheme=0");
    }

    [Fact]
    public async Task FiveThousandHostsAreShown()
    {
        Assert.SkipUnless(TestRun.IsLong, "needs Chromium, which a run with --long installs");
        var page = _folder["report.html"];
        var line = "echo %h; head -c 10000 /dev/zero | tr '\\0' x";
        await RunAsync("--transport", "exec", "-H", "web[1-5000]", "-q", "--report", page, "--", "sh", "-c", line);
        var shown = await BrowseAsync(page, "--dump-dom");
        Assert.Equal(5000, Regex.Count(shown.Stdout, "<td class=\"names\">web"));
    }

    private static Task<ProgramResult> RunAsync(params IReadOnlyList<string> arguments) =>
        ProgramRun.RunAsync(VolleyRun.Start(arguments), TimeSpan.FromMinutes(5));

    private static async Task<ProgramResult> BrowseAsync(string page, params string[] actions)
    {
        var size = string.Create(CultureInfo.InvariantCulture, $"--window-size={1280},{1500}");
        var result = await ProgramRun.RunAsync(
            new ProgramStart(
                "chromium",
                ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--enable-logging=stderr", size, .. actions, $"file://{page}"]),
            TimeSpan.FromMinutes(2));
        Assert.Equal(0, result.ExitCode);
        return result;
    }

    [GeneratedRegex("<title>([^:]*):")]
    private static partial Regex TitlePattern();
}
