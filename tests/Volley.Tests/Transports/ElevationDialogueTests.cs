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

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

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
        for (var passed = TimeSpan.Zero; passed < Limit; passed += Silence)
            await scene.Clock.PassAsync(Silence);
        await scene.ClosedAsync();
        scene.Process.EndStreams();
        Assert.Equal(DialogueEnd.TimedOut, await running.WaitAsync(Executions.Limit, CancellationToken));
    }

    [Fact]
    public async Task TheLimitIncludesTheTimeBeforeTheQuestionButNotTheWaitForTheAnswer()
    {
        using var scene = new Scene();
        var asked = new TaskCompletionSource();
        var running = scene.RunAsync(terminal: false, asked);
        await scene.Clock.TimerAsync(Silence);
        scene.Clock.Advance(TimeSpan.FromSeconds(4));
        await scene.Process.PrintAsync(Token, StreamKind.Stderr);
        await scene.AskedAsync();
        scene.Clock.Advance(TimeSpan.FromMinutes(10));
        asked.SetResult();
        await scene.InputAsync("secret\n");
        await scene.Clock.PassAsync(Silence);
        Assert.False(scene.Process.InputClosed);
        // 4 + 5 + 1 seconds.
        await scene.Clock.PassAsync(TimeSpan.FromSeconds(1));
        await scene.ClosedAsync();
        scene.Process.EndStreams();
        Assert.Equal(DialogueEnd.TimedOut, await running.WaitAsync(Executions.Limit, CancellationToken));
    }

    [Theory]
    [InlineData("sudo: Account or password is expired, reset your password and try again\n", false)]
    [InlineData("You are required to change your password immediately (administrator enforced).\r\n", true)]
    [InlineData("Current password: ", true)]
    [InlineData("New password: ", true)]
    public async Task AnExpiredPasswordIsNoWrongOne(string text, bool terminal)
    {
        using var scene = new Scene();
        var stream = terminal ? StreamKind.Stdout : StreamKind.Stderr;
        var running = scene.RunAsync(terminal);
        await scene.Process.PrintAsync(terminal ? "Password: " : Token, stream);
        await scene.InputAsync("secret\n");
        await scene.Process.PrintAsync("\r\n" + text, stream);
        await scene.ClosedAsync();
        scene.Process.EndStreams();
        Assert.Equal(DialogueEnd.Expired, await running.WaitAsync(Executions.Limit, CancellationToken));
        Assert.True(ElevationFailures.IsPasswordAccepted(DialogueEnd.Expired, scene.Dialogue!));
        Assert.Equal("sudo: password expired", new ElevationFailures(new ElevationSettings()).Explain(DialogueEnd.Expired, scene.Dialogue!).Reason);
    }

    [Fact]
    public async Task OtherLinesOfTheProgramAreInTheMessage()
    {
        using var scene = new Scene();
        await scene.Process.PrintAsync(
            "sudo: unable to resolve host h: Name or service not known\nWe trust you have received the usual lecture from the local System\n"
            + "Administrator. It usually boils down to these three things:\n#1) Respect the privacy of others.\n"
            + "sudo: a password is required\n", StreamKind.Stderr);
        scene.Process.EndStreams();
        scene.Process.Exit(1);
        var end = await scene.RunAsync(terminal: false).WaitAsync(Executions.Limit, CancellationToken);
        var failure = new ElevationFailures(new ElevationSettings()).Explain(end, scene.Dialogue!);
        Assert.Equal(
            "sudo needs a password, and none was given; sudo printed: sudo: unable to resolve host h: Name or service not known", failure.Message);
        Assert.Equal("sudo: password needed", failure.Reason);
    }

    [Fact]
    public async Task OneTargetTriesThePasswordAndTheOthersFollow()
    {
        var trial = new PasswordTrial();
        var first = await trial.BeginAsync(new Target("h1"), CancellationToken);
        var second = trial.BeginAsync(new Target("h2"), CancellationToken).AsTask();
        var third = trial.BeginAsync(new Target("h3"), CancellationToken).AsTask();
        Assert.False(second.IsCompleted);
        // Without a result the next one tries.
        first.Dispose();
        var trying = await second.WaitAsync(Executions.Limit, CancellationToken);
        Assert.False(third.IsCompleted);
        trying.Accept();
        var last = await third.WaitAsync(Executions.Limit, CancellationToken);
        last.Refuse();
        Assert.Equal((true, null), (trial.IsAccepted, trial.RefusedAt));
    }

    [Fact]
    public async Task ARefusedPasswordIsNotTriedAgain()
    {
        var trial = new PasswordTrial();
        var first = await trial.BeginAsync(new Target("h1"), CancellationToken);
        var second = trial.BeginAsync(new Target("h2"), CancellationToken).AsTask();
        first.Refuse();
        (await second.WaitAsync(Executions.Limit, CancellationToken)).Dispose();
        Assert.Equal((false, "h1"), (trial.IsAccepted, trial.RefusedAt?.Host));
    }

    [Fact]
    public async Task ATrialEndsAfterThreeTargetsWithoutAnAnswer()
    {
        var trial = new PasswordTrial();
        for (var i = 1; i <= 4; i++)
        {
            using var turn = await trial.BeginAsync(new Target($"h{i}"), CancellationToken);
            Assert.Null(trial.GivenUpAt);
            // One that does not get the password does not count.
            if (i > 1)
                turn.Send();
        }

        Assert.Equal("h4", trial.GivenUpAt?.Host);
        using var late = await trial.BeginAsync(new Target("h5"), CancellationToken);
        Assert.Equal((false, null), (trial.IsAccepted, trial.RefusedAt));
        Assert.Equal("sudo: password not tried", new ElevationFailures(new ElevationSettings()).GetGivenUp(trial.GivenUpAt!).Reason);
    }

    private sealed class Scene : IDisposable
    {
        private readonly SshPassword _password = new("secret"u8);
        private readonly ScriptedTransport _transport;
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

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

        public Task<DialogueEnd> RunAsync(bool terminal, TaskCompletionSource? answering = null)
        {
            Dialogue = new ElevationDialogue(Process, Mark, terminal, Clock)
            {
                Prompt = terminal ? null : Encoding.ASCII.GetBytes(Token),
                Limit = Limit,
                Answer = async () =>
                {
                    _asked.TrySetResult();
                    await (answering?.Task ?? Task.CompletedTask);
                    return _password;
                },
            };
            return Dialogue.RunAsync(CancellationToken);
        }

        public Task AskedAsync() => _asked.Task.WaitAsync(Executions.Limit, CancellationToken);

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
