using Volley.Cli.Options.Parsing;

namespace Volley.Cli.Options.Limits;

/// <summary>The options for commands whose connection, or this program, is lost.</summary>
internal sealed class DisconnectOptions() : OptionGroup("Lost connections")
{
    private const string RunsNothing = "it runs no command";
    private const string Kill = "kill";
    private static readonly string[] Fates = ["keep", Kill];

    public readonly Option<string> OnDisconnect = new(Values.OneOf(Fates), "--on-disconnect")
    {
        ValueName = "FATE",
        Help = "what becomes of a command when its connection or volley is lost: keep or kill",
        Default = "keep",
        Choices = Fates,
        NeedsCommand = RunsNothing,
        NotForTransfers = RunsNothing,
    };
    public readonly Option<TimeSpan?> Grace = new(Values.Duration, "--on-disconnect-grace")
    {
        ValueName = "TIME",
        Help = "with kill: the time until the command is ended, in whole seconds",
        Default = "2 after the connection has closed, 30 without a heartbeat",
        NeedsCommand = RunsNothing,
        NotForTransfers = RunsNothing,
    };

    public override IReadOnlyList<Option> Options => [OnDisconnect, Grace];

    /// <summary>Checks that the options match.</summary>
    /// <exception cref="UsageException">There is a grace, and nothing that it is for; or it has a fraction of a second.</exception>
    public void Check()
    {
        if (OnDisconnect.Value == Kill)
        {
            if (Grace.Value is { } grace && grace.Ticks % TimeSpan.TicksPerSecond != 0)
                throw new UsageException("--on-disconnect-grace takes whole seconds");
            return;
        }

        Grace.DropDefault();
        if (Grace.IsGiven)
            throw new UsageException("--on-disconnect-grace requires --on-disconnect kill");
    }

    /// <summary>Returns when lost commands are ended; null if they are kept.</summary>
    public SupervisionSettings? Settings() => OnDisconnect.Value != Kill ? null
        : Grace.Value is { } grace ? CreateSettings(grace) : new();

    /// <summary>Returns settings with one time for both kinds of loss.</summary>
    /// <param name="grace">The time until the command is ended.</param>
    public static SupervisionSettings CreateSettings(TimeSpan grace) =>
        new() { CloseGrace = grace, HeartbeatLimit = grace > TimeSpan.FromSeconds(1) ? grace : TimeSpan.FromSeconds(1) };
}
