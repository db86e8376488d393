using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Output;

/// <summary>The formats of <c>--report</c>, and <c>--hosts-ok</c> and <c>--hosts-failed</c>, on the built program.</summary>
public sealed partial class ReportFormatTests : IDisposable
{
    // Hosts 3 and 4 print what would be markup, a formula and a control sequence.
    private const string Script = """
        case $0 in
            web3) echo '<script>alert(1)</script> | `x` & "y"'; printf '\033]0;title\007\033[31mred\033[0m\n' >&2; exit 3 ;;
            web4) printf '=1+1\n]]>\n'; exit 4 ;;
            *) echo fine ;;
        esac
        """;

    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task JUnitHasACaseForEachHost()
    {
        var suite = XDocument.Parse(await RunAsync("r.xml")).Root!.Element("testsuite")!;
        Assert.Equal("4 2 0 0", Counts(suite));
        var cases = suite.Elements("testcase").ToDictionary(one => one.Attribute("name")!.Value);
        Assert.Equal("fine\n", cases["web1"].Element("system-out")!.Value);
        Assert.Null(cases["web1"].Element("failure"));
        Assert.Equal("exit 3", cases["web3"].Element("failure")!.Attribute("message")!.Value);
        Assert.Equal("<script>alert(1)</script> | `x` & \"y\"\n", cases["web3"].Element("system-out")!.Value);
        Assert.Equal("^[]0;title^Gred\n", cases["web3"].Element("system-err")!.Value);
        Assert.Equal("=1+1\n]]>\n", cases["web4"].Element("system-out")!.Value);
    }

    [Fact]
    public async Task JUnitTellsHostsThatAreNotReachedFromThoseThatNeverStarted()
    {
        await VolleyRun.RunAsync("--transport", "openssh", "-o", "ConnectTimeout=30", "-H", "127.0.0.1:1,127.0.0.2:1", "--parallel", "1", "-k", "--report", _folder["r.xml"], "true");
        var suite = XDocument.Load(_folder["r.xml"]).Root!.Element("testsuite")!;
        Assert.Equal("2 0 1 1", Counts(suite));
        Assert.Equal("connect_failed", suite.Element("testcase")!.Element("error")!.Attribute("type")!.Value);
    }

    [Fact]
    public async Task MarkdownCanNotBeChangedByHosts()
    {
        var text = await RunAsync("r.md");
        Assert.Contains("**2 of 4 hosts failed** in ", text, StringComparison.Ordinal);
        Assert.Contains("| exit 3 | <code>web3</code> | 1 |\n", text, StringComparison.Ordinal);
        Assert.Contains("<pre>&lt;script&gt;alert(1)&lt;/script&gt; | `x` &amp; &quot;y&quot;\n^[]0;title^Gred\n</pre>", text, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CsvHasNoFormulas()
    {
        await VolleyRun.RunAsync("--transport", "exec", "-H", "a,b", "--report", _folder["r.csv"], "--", "sh", "-c", "exit 3");
        var rows = (await File.ReadAllTextAsync(_folder["r.csv"])).Split("\r\n");
        Assert.StartsWith("node,rank,host,port,user,succeeded,outcome,exit_code,", rows[0], StringComparison.Ordinal);
        Assert.StartsWith("a,0,a,,,false,exited,3,,3,exit 3,,", rows[1], StringComparison.Ordinal);
        Assert.Equal(4, rows.Length);

        await VolleyRun.RunAsync("--transport", "openssh", "-H", "127.0.0.1:1", "--report", _folder["f.csv"], "true");
        Assert.StartsWith("127.0.0.1,0,127.0.0.1,1,,false,connect_failed,,,255,connect failed,", (await File.ReadAllTextAsync(_folder["f.csv"])).Split("\r\n")[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task ListsOfHostsAreReadByAnotherRun()
    {
        await VolleyRun.RunAsync(
            "--transport", "exec", "-H", "root@web[1-4]:22", "-q", "--hosts-ok", _folder["ok"], "--hosts-failed", _folder["failed"], "--", "sh", "-c", Script, "%h");
        Assert.Equal("root@web1:22\nroot@web2:22\n", await File.ReadAllTextAsync(_folder["ok"]));
        var again = await VolleyRun.RunAsync("--transport", "exec", "-H", $"^{_folder["failed"]}", "--", "echo", "%u@%h");
        Assert.Equal("web3: root@web3\nweb4: root@web4\n", string.Concat(VolleyRun.Lines(again.Stdout).Order(StringComparer.Ordinal).Select(line => $"{line}\n")));
    }

    [Fact]
    public async Task APageRunsItsOwnScriptAlone()
    {
        var page = await RunAsync("r.html");
        var policy = PolicyPattern().Match(page).Groups[1].Value;
        Assert.StartsWith("default-src 'none';", policy, StringComparison.Ordinal);
        foreach (var (element, directive) in new[] { ("style", "style-src"), ("script", "script-src") })
        {
            var content = Regex.Match(page, $"<{element}>(.*?)</{element}>", RegexOptions.Singleline).Groups[1].Value;
            Assert.Contains($"{directive} 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(content)))}'", policy, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("<script>alert", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http", page.Replace("http-equiv", "", StringComparison.Ordinal), StringComparison.Ordinal);
        var run = JsonNode.Parse(Data(page, "run"))!;
        Assert.Equal(["web1", "web2", "web3", "web4"], run["hosts"]!.AsArray().Select(host => (string)host!["name"]!));
        var groups = run["groups"]!.AsArray().Select(group => $"{group!["names"]} {group["count"]} {group["kind"]} {group["cause"]}").ToList();
        Assert.Equal(["web[1-2] 2 ok ok", "web3 1 failed exit 3", "web4 1 failed exit 4"], groups);
        var output = JsonNode.Parse(Data(page, "output-1"))!.AsArray().Select(part => $"{part![0]}: {part[1]}");
        Assert.Equal("stderr: ^[]0;title^Gred\n|stdout: <script>alert(1)</script> | `x` & \"y\"\n", string.Join('|', output.Order(StringComparer.Ordinal)));
    }

    [Fact]
    public async Task AFormatMayPrecedeTheFile()
    {
        await VolleyRun.ExecAsync("a", "true", "--report", $"markdown:{_folder["GITHUB_STEP_SUMMARY"]}", "--report", $"md:{_folder["step"]}", "--report", _folder["no-suffix"]);
        Assert.StartsWith("### ", await File.ReadAllTextAsync(_folder["step"]), StringComparison.Ordinal);
        Assert.StartsWith("### ", await File.ReadAllTextAsync(_folder["GITHUB_STEP_SUMMARY"]), StringComparison.Ordinal);
        Assert.NotNull(JsonNode.Parse(await File.ReadAllTextAsync(_folder["no-suffix"])));
    }

    [Theory]
    [InlineData("--report {0}/r.xlm", "--report {0}/r.xlm: unknown format '.xlm'; the suffix is .json, .xml, .md, .csv, .html, or the format precedes the file: --report json:{0}/r.xlm")]
    [InlineData("--report foo:{0}/r", "--report foo:{0}/r: unknown format 'foo'; it is one of json, junit, markdown, csv, html. A file of this name is ./foo:{0}/r")]
    [InlineData("--report junit:", "--report junit:: the name of the file is empty")]
    [InlineData("--report {0}/r.md --report json:{0}/./r.md", "--report {0}/./r.md: another report has the same file; choose another name")]
    [InlineData("--hosts-ok {0}/x --hosts-failed {0}/x", "--hosts-failed {0}/x: another report has the same file; choose another name")]
    [InlineData("--hosts-ok /no/such/folder/x", "--hosts-ok /no/such/folder/x: No such file or directory")]
    public async Task BadInputIsRefusedBeforeAnythingRuns(string arguments, string message)
    {
        var words = arguments.Replace("{0}", _folder.Path, StringComparison.Ordinal).Split(' ');
        var result = await VolleyRun.ExecAsync("a", $"touch {_folder["ran"]}", words);
        Assert.Equal(2, result.ExitCode);
        Assert.Equal($"volley: {message.Replace("{0}", _folder.Path, StringComparison.Ordinal)}", VolleyRun.Lines(result.Stderr)[0]);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Fact]
    public async Task EachCommandOfTheGuideIsUnderstood()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "guides", "reports.md"));
        _folder.Write("failed", "web3\n");
        var commands = Regex.Matches(page, @"^\$ volley (.*)$", RegexOptions.Multiline);
        Assert.Equal(4, commands.Count);
        foreach (Match command in commands)
        {
            var result = await ProgramRun.RunAsync(
                ProgramStart.Shell($"cd {_folder.Path} && exec {BuiltProgram.Path} --config none --dry-run {command.Groups[1].Value}"));
            Assert.True(result.ExitCode == 0, $"{command.Value}: {result.Stderr}");
        }
    }

    private static string Counts(XElement suite) =>
        $"{suite.Attribute("tests")!.Value} {suite.Attribute("failures")!.Value} {suite.Attribute("errors")!.Value} {suite.Attribute("skipped")!.Value}";

    private static string Data(string page, string id) =>
        Regex.Match(page, $"<script type=\"application/json\" id=\"{id}\">(.*?)</script>", RegexOptions.Singleline).Groups[1].Value;

    private async Task<string> RunAsync(string name)
    {
        await VolleyRun.RunAsync("--transport", "exec", "-H", "web[1-4]", "-q", "--report", _folder[name], "--", "sh", "-c", Script, "%h");
        return await File.ReadAllTextAsync(_folder[name]);
    }

    [GeneratedRegex("http-equiv=\"Content-Security-Policy\" content=\"([^\"]*)\"")]
    private static partial Regex PolicyPattern();
}
