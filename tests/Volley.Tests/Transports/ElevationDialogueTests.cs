using System.Text;
using Volley.Elevation;
using Volley.Testing;
using Xunit;

namespace Volley.Tests.Transports;

/// <summary>The dialogue with sudo, doas and su, and the trial of a password, with scripted processes.</summary>
public sealed class ElevationDialogueTests
{
    private const string Mark = "volley-started-0123";
    private const string Token = "volley-password-4567:";

    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(5);

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ThePromptCountsAnywhereAndInParts()
    {
        using var scene = new Scene();
        var running = scene.RunAsync(terminal: false);
        await scene.Process.PrintAsync("start-up file\n", StreamKind.Stdout);
        await scene.Process.PrintAsync($"not allowed to execute 'sh -c sh {Mark} sh -c id'\n", StreamKind.Stderr);
        await scene.Process.PrintAsync("the usual lecture\n\n[sudo: volley-pass", StreamKind.Stderr);
        Assert.Empty(scene.Process.Input);
        await scene.Process.PrintAsync("word-4567:] ", StreamKind.Stderr);
        await scene.InputAsync("secret\n");
        await scene.Process.PrintAsync("\nvolley-started-0", StreamKind.Stderr);
        await scene.Process.PrintAsync("123 99\nfirst line", StreamKind.Stderr);
        Assert.Equal(DialogueEnd.Started, await running.WaitAsync(Executions.Limit, CancellationToken));
        Assert.Equal([(StreamKind.Stdout, "start-up file\n"), (StreamKind.Stderr, "first line")], scene.Pending);
        Assert.Equal("secret\n", Encoding.UTF8.GetString(scene.Process.Input));
    }

    [Fact]
    public async Task ACommandThatStartsWithoutAQuestionGetsNoPassword()
    {
        using var scene = new Scene();
        await scene.Process.PrintAsync($"{Mark} 99\n", StreamKind.Stderr);
        // What looks like the prompt is output of the command now.
        await scene.Process.PrintAsync(Token, StreamKind.Stderr);
        Assert.Equal(DialogueEnd.Started, await scene.RunAsync(terminal: false).WaitAsync(Executions.Limit, CancellationToken));
        Assert.Empty(scene.Process.Input);
        Assert.Empty(scene.Pending);
    }

    [Fact]
    public async Task ASecondPromptIsARefusalAndClosesTheInput()
    {
        using var scene = new Scene();
        var running = scene.RunAsync(terminal: false);
        await scene.Process.PrintAsync(Token, StreamKind.Stderr);
        await scene.InputAsync("secret\n");
        await scene.Process.PrintAsync($"Sorry, try again, secret.\n{Token}", StreamKind.Stderr);
        await scene.ClosedAsync();
        scene.Process.EndStreams();
        Assert.Equal(DialogueEnd.Refused, await running.WaitAsync(Executions.Limit, CancellationToken));
        Assert.Equal("secret\n", Encoding.UTF8.GetString(scene.Process.Input));
        Assert.Equal("Sorry, try again, .\n", scene.Dialogue!.Text);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AnotherQuestionEndsTheProgramAfterASilence(bool terminal)
    {
        using var scene = new Scene();
        await scene.Process.PrintAsync("Verification code: ", terminal ? StreamKind.Stdout : StreamKind.Stderr);
        var running = scene.RunAsync(terminal);
        await scene.Clock.TimerAsync(Silence);
        await scene.Clock.PassAsync(Silence);
        await scene.ClosedAsync();
        scene.Process.EndStreams();
        Assert.Equal(DialogueEnd.Question, await running.WaitAsync(Executions.Limit, CancellationToken));
        // An interrupt at a terminal ends the program without a failed login.
        Assert.Equal(terminal ? "\u0003" : "", Encoding.UTF8.GetString(scene.Process.Input));
    }

    [Fact]
    public async Task ASilentProgramIsEnded()
    {
        using var scene = new Scene();
        var running = scene.RunAsync(terminal: false);
        for (var passed = TimeSpan.Zero; passed < TimeSpan.FromSeconds(60); passed += Silence)
            await scene.Clock.PassAsync(Silence);
        await scene.ClosedAsync();
        scene.Process.EndStreams();
        Assert.Equal(DialogueEnd.TimedOut, await running.WaitAsync(Executions.Limit, CancellationToken));
    }

    [Fact]
    public async Task OneTargetTriesThePasswordAndTheOthersFollow()
    {
        var trial = new PasswordTrial();
        var first = await trial.BeginAsync(CancellationToken);
        var second = trial.BeginAsync(CancellationToken).AsTask();
        var third = trial.BeginAsync(CancellationToken).AsTask();
        Assert.False(second.IsCompleted);
        // Without a result the next one tries.
        first.Dispose();
        var trying = await second.WaitAsync(Executions.Limit, CancellationToken);
        Assert.False(third.IsCompleted);
        trying.Accept();
        var last = await third.WaitAsync(Executions.Limit, CancellationToken);
        last.Refuse("h3");
        Assert.Equal((true, null), (trial.IsAccepted, trial.RefusedAt));
    }

    [Fact]
    public async Task ARefusedPasswordIsNotTriedAgain()
    {
        var trial = new PasswordTrial();
        var first = await trial.BeginAsync(CancellationToken);
        var second = trial.BeginAsync(CancellationToken).AsTask();
        first.Refuse("h1");
        (await second.WaitAsync(Executions.Limit, CancellationToken)).Dispose();
        Assert.Equal((false, "h1"), (trial.IsAccepted, trial.RefusedAt));
    }

    private sealed class Scene : IDisposable
    {
        private readonly SshPassword _password = new("secret"u8);
        private readonly ScriptedTransport _transport;

        public Scene()
        {
            _transport = new ScriptedTransport(NodeScript.Runs());
            var target = new Target("h1");
            var session = _transport.ConnectAsync(target, CancellationToken).AsTask().GetAwaiter().GetResult();
            Process = (ScriptedProcess)session.StartAsync(CommandJob.Shell("true"), CancellationToken).AsTask().GetAwaiter().GetResult();
        }

        public TestClock Clock { get; } = new();

        public ScriptedProcess Process { get; }

        public ElevationDialogue? Dialogue { get; private set; }

        public IEnumerable<(StreamKind Stream, string Text)> Pending => Dialogue!.Pending.Select(one => (one.Stream, Encoding.UTF8.GetString(one.Data.Span)));

        public Task<DialogueEnd> RunAsync(bool terminal)
        {
            Dialogue = new ElevationDialogue(Process, Mark, terminal, Clock)
            {
                Prompt = terminal ? null : Encoding.ASCII.GetBytes(Token),
                Answer = () => new(_password),
            };
            return Dialogue.RunAsync(CancellationToken);
        }

        public Task InputAsync(string text) => UntilAsync(() => Encoding.UTF8.GetString(Process.Input) == text);

        public Task ClosedAsync() => UntilAsync(() => Process.InputClosed);

        public void Dispose() => _password.Dispose();

        private static async Task UntilAsync(Func<bool> condition)
        {
            var limit = Task.Delay(Executions.Limit, CancellationToken);
            while (!condition())
            {
                Assert.False(limit.IsCompleted, "the condition does not hold in time");
                await Task.Yield();
            }
        }
    }
}
