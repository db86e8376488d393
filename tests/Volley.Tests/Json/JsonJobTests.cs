using System.Collections.Immutable;
using System.Text.Json;
using CsCheck;
using Volley.Testing;
using Xunit;

namespace Volley.Tests.Json;

public class JsonJobTests
{
    // With bytes that are no characters, which arguments and values of this machine can have.
    private static readonly Gen<string> Texts = Gen.Frequency(
        (1, Gen.OneOf("a", " ", "'", "\"", "$HOME", "`id`", "-n", "--", "a\nb", "é漢", "😀", "\\", "!", "a b", "\udcff", "x\udc80y", "\u001b[31m")),
        (2, Gen.Char['\u0001', '\u007f'].Array[1, 12].Select(c => new string(c))));

    private static readonly Gen<string> Names = Gen.Char['A', 'Z'].Array[1, 8].Select(c => new string(c));

    private static readonly Gen<CommandRetry> Retries = Gen.Select(
        Gen.Int[1, 1000], Gen.Int[0, 1 << 30], Gen.Int[1, 255].Array[0, 5], Gen.Enum<NodeOutcome>().Array[0, 4],
        (limit, micros, codes, outcomes) => new CommandRetry(limit) { Delay = TimeSpan.FromMicroseconds(micros), Codes = [.. codes], Outcomes = [.. outcomes] });

    private static readonly Gen<CommandJob> Commands = Gen.Select(
        Gen.Int[0, 2], Texts.Array[1, 5], Texts, Gen.Dictionary(Names, Texts)[0, 4], Gen.Bool, Gen.Select(Texts.Null(), Texts.Null()), Gen.Byte.Array[0, 300],
        (kind, words, text, variables, hasMore, optional, input) => Create(kind, words, optional.Item2) with
        {
            Title = text,
            Terminal = hasMore ? new PseudoTerminal("xterm", 132, 50) : null,
            Environment = variables.ToImmutableDictionary(),
            Secrets = hasMore ? ["OTHER"] : [],
            WorkingDirectory = optional.Item1,
        } is var job && kind == 2 || !hasMore ? job : job with { Input = Input(input) });

    private static readonly Gen<Job> Jobs = Gen.Frequency(
        (1, Gen.Const<Job>(new PingJob())),
        (4, Gen.Select(Commands, Retries.Null(), (command, retry) => (Job)(command with { Retry = retry }))),
        (3, Commands.Array[1, 4].Select(steps => (Job)new StepsJob(steps))),
        (1, Gen.Select(Commands, Texts, Texts.Null(), Gen.Int[0, 1 << 30], (command, file, boot, micros) => (Job)new RebootJob(command)
        {
            BootIdFile = file,
            OwnBootId = boot,
            Interval = TimeSpan.FromMicroseconds(micros),
        })),
        (1, Gen.Select(Commands.Null(), Gen.Int[0, 1 << 30], (command, micros) => (Job)new WaitJob(command) { Interval = TimeSpan.FromMicroseconds(micros) })));

    [Fact]
    public void EveryJobIsReadAsItWasWritten() => Jobs.Sample(job => AssertSame(job, RoundTrip(job)));

    [Fact]
    public async Task AScriptWithItsArgumentsReachesTheTargetUnchanged() => await Check.SampleAsync(
        Gen.Select(Texts.Array[0, 4], Gen.OneOf(null, "bash -x", "python3", "awk -f", "/opt/odd tool"), Gen.Byte.Array[0, 100]),
        async script =>
        {
            var (arguments, interpreter, content) = script;
            var job = CommandJob.Script(Input(content), arguments, interpreter, word => $"\"{word.Length}${{VOLLEY_RANK}}\"");
            var read = (CommandJob)JsonJob.Read(Write(job), _ => Input(content));
            Assert.Equal(await InputAsync(job), await InputAsync(read));
            Assert.Equal((job.CommandLine, true), (read.CommandLine, read.IsScript));
            Assert.Equal(job.Arguments, read.Arguments);
        },
        iter: 60, threads: 2);

    [Fact]
    public void ValuesOfSecretVariablesAreNotWritten()
    {
        var job = CommandJob.Shell("login") with
        {
            Environment = ImmutableDictionary<string, string>.Empty.Add("TOKEN", "hunter2").Add("PLACE", "here"),
            TargetEnvironment = _ => new Dictionary<string, string> { ["OTHER"] = "hunter3" },
            Secrets = ["TOKEN"],
        };
        var text = Write(job).GetRawText();
        Assert.DoesNotContain("hunter", text, StringComparison.Ordinal);
        var read = (CommandJob)JsonJob.Read(Write(job), _ => throw new InvalidOperationException());
        Assert.Equal(["PLACE"], read.Environment.Keys);
        Assert.Equal(["TOKEN"], read.Secrets);
    }

    [Fact]
    public void WhatCantBeSentIsNamed()
    {
        (Job Job, string Obstacle)[] jobs =
        [
            (new PullJob(["/etc/hosts"], "to"), "copies of files"),
            (new PushJob(["a"], "/tmp"), "copies of files"),
            (new StepsJob(CommandJob.Shell("a")) { HasBarrier = true }, "steps that wait for all targets"),
            (CommandJob.Shell("a") with { Retry = new CommandRetry(1) { Filter = _ => true } }, "retries with a filter"),
            (CommandJob.Shell("a") with { Secrets = ["\udcff"] }, "variables whose names are not UTF-8"),
        ];
        Assert.All(jobs, pair =>
        {
            Assert.Equal(pair.Obstacle, JsonJob.FindObstacle(pair.Job));
            Assert.Throws<ArgumentException>(() => Write(pair.Job));
        });
        Assert.Null(JsonJob.FindObstacle(new PingJob()));
    }

    [Theory]
    [InlineData("7")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"kind":"ping"}""")]
    [InlineData("""{"kind":"push","commands":[]}""")]
    [InlineData("""{"kind":7,"commands":[]}""")]
    [InlineData("""{"kind":"command","commands":[]}""")]
    [InlineData("""{"kind":"ping","commands":[COMMAND]}""")]
    [InlineData("""{"kind":"command","commands":[COMMAND,COMMAND]}""")]
    [InlineData("""{"kind":"steps","commands":[]}""")]
    [InlineData("""{"kind":"reboot","commands":[COMMAND]}""")]
    [InlineData("""{"kind":"reboot","commands":[COMMAND],"boot_id_file":"","interval":1}""")]
    [InlineData("""{"kind":"wait-for","commands":[],"interval":-1}""")]
    [InlineData("""{"kind":"wait-for","commands":[],"interval":1e99}""")]
    [InlineData("""{"kind":"wait-for","commands":[],"interval":1e20}""")]
    [InlineData("""{"kind":"command","commands":[{"line":"a"}]}""")]
    public void WhatIsNoJobIsRefused(string text) => AssertRefused(text.Replace("COMMAND", Command(""), StringComparison.Ordinal));

    [Theory]
    [InlineData("\"line\":\"a\"", "\"line\":\"\"")]
    [InlineData("\"line\":\"a\"", "\"line\":\"a\\u0000b\"")]
    [InlineData("\"line\":\"a\"", "\"line\":null")]
    [InlineData("\"line\":\"a\"", "\"line\":\"\\ud800\"")]
    [InlineData("\"line\":\"a\"", "\"line\":{\"base64\":\"?\"}")]
    [InlineData("\"line\":\"a\"", "\"line\":{\"base64\":\"AAA=\"}")]
    [InlineData("\"line\":\"a\"", "\"line\":{}")]
    [InlineData("\"line\":\"a\"", "\"program\":[]")]
    [InlineData("\"line\":\"a\"", "\"program\":[7]")]
    [InlineData("\"line\":\"a\"", "\"program\":\"a\"")]
    [InlineData("\"line\":\"a\"", "\"script\":{\"arguments\":[],\"words\":[]}")]
    [InlineData("\"line\":\"a\",\"input\":false", "\"script\":{\"arguments\":[\"a\"],\"words\":[]},\"input\":true")]
    [InlineData("\"line\":\"a\",\"input\":false", "\"script\":{\"interpreter\":\"a\\u0000\",\"arguments\":[],\"words\":[]},\"input\":true")]
    [InlineData("\"line\":\"a\",\"input\":false", "\"script\":{\"arguments\":[\"\"],\"words\":[\"\\u0000\"]},\"input\":true")]
    [InlineData("\"input\":false", "\"input\":\"false\"")]
    [InlineData("\"environment\":{}", "\"environment\":{\"A\":\"1\",\"A\":\"2\"}")]
    [InlineData("\"environment\":{}", "\"environment\":{\"A=B\":\"1\"}")]
    [InlineData("\"environment\":{}", "\"environment\":{\"\":\"1\"}")]
    [InlineData("\"environment\":{}", "\"environment\":{\"A\":7}")]
    [InlineData("\"environment\":{}", "\"environment\":[]")]
    [InlineData("\"environment\":{}", "\"environment\":{},\"directory\":\"\"")]
    [InlineData("\"environment\":{}", "\"environment\":{},\"terminal\":{\"type\":\"dumb\",\"columns\":-1,\"rows\":1}")]
    [InlineData("\"environment\":{}", "\"environment\":{},\"terminal\":{\"type\":\"dumb\",\"columns\":99999999999,\"rows\":1}")]
    [InlineData("\"environment\":{}", "\"environment\":{},\"retry\":{\"limit\":0,\"delay\":1,\"codes\":[],\"outcomes\":[]}")]
    [InlineData("\"environment\":{}", "\"environment\":{},\"retry\":{\"limit\":1,\"delay\":-1,\"codes\":[],\"outcomes\":[]}")]
    [InlineData("\"environment\":{}", "\"environment\":{},\"retry\":{\"limit\":1,\"delay\":1,\"codes\":[1.5],\"outcomes\":[]}")]
    [InlineData("\"environment\":{}", "\"environment\":{},\"retry\":{\"limit\":1,\"delay\":1,\"codes\":[],\"outcomes\":[\"unknown\"]}")]
    public void WhatIsNoCommandIsRefused(string old, string replacement)
    {
        var command = Command("");
        Assert.Contains(old, command, StringComparison.Ordinal);
        AssertRefused("{\"kind\":\"command\",\"commands\":[" + command.Replace(old, replacement, StringComparison.Ordinal) + "]}");
    }

    private static string Command(string more) => "{\"line\":\"a\",\"input\":false,\"title\":\"a\",\"environment\":{},\"secrets\":[]" + more + "}";

    private static void AssertRefused(string text)
    {
        using var document = JsonDocument.Parse(text);
        Assert.ThrowsAny<JsonException>(() => JsonJob.Read(document.RootElement, _ => Input([])));
    }

    private static CommandJob Create(int kind, string[] words, string? interpreter) => kind switch
    {
        0 => CommandJob.Shell(words[0]),
        1 => CommandJob.Program(words[0], words[1..]),
        _ => CommandJob.Script(Input([]), words, interpreter, word => "\"$" + word.Length + "\""),
    };

    private static StandardInput Input(byte[] content) => StandardInput.FromStream(new MemoryStream(content));

    private static JsonElement Write(Job job)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
            JsonJob.Write(json, job);
        return JsonElement.Parse(stream.ToArray());
    }

    private static Job RoundTrip(Job job) => JsonJob.Read(Write(job), number =>
        JsonJob.Commands(job)[number].Input is null ? throw new InvalidOperationException("no input was sent") : Input([]));

    private static void AssertSame(Job expected, Job actual)
    {
        Assert.Equal(expected.GetType(), actual.GetType());
        Assert.Equal(JsonJob.Commands(expected).Length, JsonJob.Commands(actual).Length);
        Assert.All(JsonJob.Commands(expected).Zip(JsonJob.Commands(actual)), pair => AssertSame(pair.First, pair.Second));
        if (expected is RebootJob reboot && actual is RebootJob same)
            Assert.Equal((reboot.BootIdFile, reboot.OwnBootId, reboot.Interval), (same.BootIdFile, same.OwnBootId, same.Interval));
        if (expected is WaitJob wait)
            Assert.Equal(wait.Interval, ((WaitJob)actual).Interval);
        Assert.Equal(Write(expected).GetRawText(), Write(actual).GetRawText());
    }

    private static void AssertSame(CommandJob expected, CommandJob actual)
    {
        Assert.Equal(expected.Arguments, actual.Arguments);
        Assert.Equal(
            (expected.CommandLine, expected.Title, expected.IsScript, expected.IsLine, expected.WorkingDirectory, expected.Input is null),
            (actual.CommandLine, actual.Title, actual.IsScript, actual.IsLine, actual.WorkingDirectory, actual.Input is null));
        Assert.Equal((expected.Terminal?.Type, expected.Terminal?.Size), (actual.Terminal?.Type, actual.Terminal?.Size));
        Assert.Equal(expected.Environment.OrderBy(pair => pair.Key), actual.Environment.OrderBy(pair => pair.Key));
        Assert.Equal(expected.Secrets.Order(), actual.Secrets.Order());
        Assert.Equal((expected.Retry?.Limit, expected.Retry?.Delay), (actual.Retry?.Limit, actual.Retry?.Delay));
        Assert.Equal(expected.Retry?.Codes.Order(), actual.Retry?.Codes.Order());
        Assert.Equal(expected.Retry?.Outcomes.Order(), actual.Retry?.Outcomes.Order());
    }

    /// <summary>Returns all that a command reads at its target.</summary>
    private static async Task<byte[]> InputAsync(CommandJob job)
    {
        byte[] read = [];
        var transport = new ScriptedTransport(new NodeScript
        {
            Command = async process =>
            {
                await process.ReadInputToEndAsync();
                read = process.Input;
            },
        });
        Assert.True((await Executions.RunAsync(transport, Executions.Plan(1, job))).ResultOf(0).Succeeded);
        return read;
    }
}
