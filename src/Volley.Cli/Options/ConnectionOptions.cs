using Volley.Cli.Run;
using Volley.Cli.Options.Parsing;

namespace Volley.Cli.Options;

/// <summary>The options for connections.</summary>
internal sealed class ConnectionOptions() : OptionGroup("Connections")
{
    private const string RunsNothing = "it runs nothing";

    /// <summary>How long <c>volley connect</c> keeps connections open.</summary>
    private static readonly TimeSpan Day = TimeSpan.FromHours(24);

    public readonly Flag Password = new("--password")
    {
        Help = "prompt once for a password, for hosts that ask for one",
        NeedsConnection = true,
        HasVariable = false,
    };
    public readonly Option<string> PasswordCommand = new(Values.Text, "--password-command")
    {
        ValueName = "COMMAND",
        Help = "run COMMAND, a program with arguments separated by blanks, and use the first line that it prints as the password",
        NeedsConnection = true,
        HasVariable = false,
    };
    public readonly Option<string> PasswordFile = new(Values.Text, "--password-file")
    {
        ValueName = "FILE",
        Completes = OptionValues.Files,
        Help = "use the first line of FILE, which only you may read, as the password",
        NeedsConnection = true,
        HasVariable = false,
    };
    public readonly Flag Ask = new("--ask")
    {
        Help = "answer questions of hosts on the terminal: one-time codes, passwords, new passwords, new host keys",
        NeedsConnection = true,
    };
    public readonly Option<TimeSpan?> Keep = new(Values.Duration, "--keep")
    {
        ValueName = "TIME",
        Help = "keep connections open for later runs, until unused for TIME: 30, 90s, 10m, 1h30m",
        NeedsConnection = true,
        NeedsKeptConnection = true,
    };
    public readonly Option<int?> KeepMax = new(Values.Number(1, int.MaxValue), "--keep-max")
    {
        ValueName = "N",
        Help = "keep at most N connections open, the last used",
        Default = "256",
        NeedsConnection = true,
        NeedsKeptConnection = true,
    };
    public readonly Flag NoReuse = new("--no-reuse")
    {
        Help = "do not use connections that are already open",
        NeedsConnection = true,
        NeedsKeptConnection = true,
    };
    public readonly Option<int?> Retries = new(Values.Number(0, 1000), "--retries")
    {
        ValueName = "N",
        Help = "retry a failed connection up to N times, if that can help",
        Default = "0",
        NeedsConnection = true,
    };
    public readonly Option<int?> ConnectRate = new(Values.Number(1, 1_000_000), "--connect-rate")
    {
        ValueName = "N",
        Help = "open at most N connections per second",
        NeedsConnection = true,
    };
    public readonly Option<TimeSpan?> ServerAliveInterval = new(Values.DurationOrZero("never"), "--server-alive-interval")
    {
        ValueName = "S",
        Help = "send a keepalive after S seconds of silence; 0 for never",
        Default = "15",
        IsInSshConfig = true,
        NeedsConnection = true,
    };
    public readonly Option<int?> ServerAliveCountMax = new(Values.Number(1, 1_000_000), "--server-alive-count-max")
    {
        ValueName = "N",
        Help = "disconnect after N unanswered keepalives",
        Default = "3",
        IsInSshConfig = true,
        NeedsConnection = true,
    };

    // Only the command line: a file or a variable would forward the agent to every host of every run.
    public readonly Flag ForwardAgent = new("--forward-agent", "-A")
    {
        Help = "let programs of the command use your ssh-agent, while it runs; who controls a host can use its keys then",
        NeedsConnection = true,
        NeedsCommand = RunsNothing,
        NotForTransfers = "files are copied without a command that could use the agent",
        IsConfigurable = false,
        HasVariable = false,
    };

    public override IReadOnlyList<Option> Options =>
    [
        Password, PasswordCommand, PasswordFile, Ask, ForwardAgent, Keep, KeepMax, NoReuse, Retries, ConnectRate, ServerAliveInterval, ServerAliveCountMax,
    ];

    /// <summary>Whether questions of hosts are answered on the terminal.</summary>
    public bool Asks(RunVerb verb) => Ask.IsGiven || verb == RunVerb.Connect;

    /// <summary>Checks that the options are consistent.</summary>
    /// <param name="verb">The verb.</param>
    /// <param name="transport">The options with the transport.</param>
    /// <param name="output">The options with the output.</param>
    /// <exception cref="UsageException">They are not.</exception>
    public void Check(RunVerb verb, JobOptions transport, OutputOptions output)
    {
        Option[] passwords = [Password, PasswordCommand, PasswordFile];
        for (var i = 1; i < passwords.Length; i++)
        {
            if (passwords[..i].FirstOrDefault(passwords[i].Contradicts) is { } other)
                throw passwords[i].Error($"{other.Name} and {passwords[i].Name} are mutually exclusive: both state the password");
        }

        if (ForwardAgent.Contradicts(Keep))
        {
            throw new UsageException(
                "--forward-agent and --keep are mutually exclusive: a forwarded agent ends with the command, and a kept connection would keep it");
        }

        if (Ask.IsGiven && output.WantsTui)
            Ask.DropDefault();
        CheckTui(verb, output.WantsTui);
        if (verb.EditsKeys() && !transport.TransportChoice.UsesSsh())
            throw transport.Transport.Error($"{verb.GetName()} logs in to the hosts, which --transport exec does not; leave --transport out");
        if (verb == RunVerb.Connect && transport.TransportChoice is TransportChoice.Native or TransportChoice.Exec)
        {
            throw transport.Transport.Error(
                $"connect keeps connections open, which --transport {transport.TransportChoice.GetName()} does not support; leave --transport out");
        }
    }

    /// <summary>Checks that questions and the terminal UI do not both want the terminal.</summary>
    /// <param name="verb">The verb.</param>
    /// <param name="isTui">Whether the terminal UI is shown.</param>
    /// <exception cref="UsageException">They do.</exception>
    public void CheckTui(RunVerb verb, bool isTui)
    {
        if (!isTui || !Asks(verb))
            return;
        throw verb == RunVerb.Connect
            ? new UsageException("connect asks on the terminal, which --output tui would own; use another output")
            : Ask.Error("--ask can't be combined with --output tui, which owns the terminal; log in before the run: volley connect -H HOSTS");
    }

    /// <summary>Returns the password, asked for on the terminal or read from its source; null for none.</summary>
    /// <exception cref="UsageException">There is no password.</exception>
    public async ValueTask<SshPassword?> GetPasswordAsync(ProgramEnvironment environment) =>
        Password.IsGiven ? environment.AskPassword()
        : PasswordCommand.IsGiven ? await PasswordSource.RunAsync(PasswordCommand)
        : PasswordFile.IsGiven ? PasswordSource.ReadFile(PasswordFile)
        : null;

    /// <summary>Returns the options of a transport over SSH, without the password.</summary>
    /// <param name="hosts">The options for hosts and logins.</param>
    /// <param name="connectTimeout">The connect timeout; null for that of ssh_config.</param>
    /// <param name="verb">The verb. Connections are what <c>volley connect</c> is for.</param>
    public SshOptions Ssh(HostOptions hosts, TimeSpan? connectTimeout, RunVerb verb = RunVerb.Run) => new()
    {
        User = hosts.User.Value,
        Port = hosts.Port.Value,
        IdentityFiles = [.. hosts.Identity.Values],
        ProxyJump = hosts.Jump.Value,
        ConfigFile = hosts.ConfigFile.Value,
        Directives = [.. hosts.SshOptions.Values],
        ConnectTimeout = connectTimeout,
        ForwardAgent = ForwardAgent.IsGiven,
        Keep = Keep.Value ?? (verb == RunVerb.Connect ? Day : null),
        KeepMax = KeepMax.Value ?? new SshOptions().KeepMax,
        Reuse = !NoReuse.IsGiven,
        MaxConnectionsPerSecond = ConnectRate.Value,
        ServerAliveInterval = ServerAliveInterval.Value,
        ServerAliveCountMax = ServerAliveCountMax.Value,
    };

    /// <summary>
    /// Returns the number of retries of connecting, and the time for which a busy server is retried: the connect timeout, or the default if there is
    /// none.
    /// </summary>
    public (int Retries, TimeSpan? BusyLimit) Pacing(TimeSpan? connectTimeout) =>
        (Retries.Value ?? 0, connectTimeout is { } limit && limit > TimeSpan.Zero ? limit : null);
}
