using Volley.Cli.Options;
using Volley.Cli.Options.Parsing;

namespace Volley.Cli.Relays;

/// <summary>The options for a run that relays carry out.</summary>
internal sealed class RelayOptions() : OptionGroup("Relays")
{
    private const long SmallestBound = 1 << 20;

    public readonly Option<Via> Via = new(Relays.Via.Read, "--via")
    {
        ValueName = "RELAYS",
        Help = "let relays run the command: a group, a label KEY=VALUE, all, auto (by the configuration), or local:N on this machine",
        Choices = ["auto", "all"],
    };
    public readonly Option<string> SignWith = new(Values.Text, "--sign-with")
    {
        ValueName = "KEY",
        Completes = OptionValues.Files,
        Help = "sign jobs for relays with the SSH key of this file; a public key, or one with a passphrase, is used through ssh-agent",
    };
    public readonly Option<TimeSpan?> Lease = new(ReadLease, "--lease")
    {
        ValueName = "TIME",
        Help = "relays stop the commands after TIME without volley; none: they go on, see volley attach",
        Default = "60",
    };
    public readonly Flag RerunLost = new("--rerun-lost") { Help = "run a command again that a lost relay had begun, though it may still run" };
    public readonly Option<long?> Bound = new(ReadBound, "--relay-buffer")
    {
        ValueName = "SIZE",
        Help = "let the server keep up to SIZE of the run's output, such as 512M; commands wait while it is full",
        Default = "256M",
    };

    public override IReadOnlyList<Option> Options => [Via, SignWith, Lease, RerunLost, Bound];

    /// <summary>Checks that the options are consistent with the job and with each other, and drops those of files and variables that do not apply.</summary>
    /// <exception cref="UsageException">They are not.</exception>
    public void Check(RunOptions run)
    {
        var server = run.Server;
        if (!Via.IsGiven)
        {
            foreach (var option in Options.Concat(server.Options))
            {
                option.DropDefault();
                if (option.IsGiven)
                    throw new UsageException($"{option.Name} requires --via, which names relays");
            }

            return;
        }

        RelayLimits.Check(run);
        if (Via.Value is not Relays.Via.Local)
        {
            server.Check();
            if (!SignWith.IsGiven && !server.Insecure.IsGiven)
                throw new UsageException("relays run signed jobs only; name your key with --sign-with KEY, for example --sign-with ~/.ssh/id_ed25519.pub");
            return;
        }

        foreach (var option in server.Options.Append(SignWith).Append(Lease))
        {
            option.DropDefault();
            if (option.IsGiven)
            {
                throw new UsageException(option == Lease
                    ? "--lease is for relays that outlive volley; those of --via local:N end with it"
                    : $"{option.Name} is for relays elsewhere; --via local:N has a server and a key of its own");
            }
        }
    }

    private static TimeSpan? ReadLease(string name, string text)
    {
        if (text == "none")
            return Timeout.InfiniteTimeSpan;
        return Values.Duration(name, text) is { } lease && lease >= TimeSpan.FromSeconds(5)
            ? lease
            : throw new UsageException($"{name} takes a time of at least 5 seconds, or none, not '{text}'");
    }

    private static long? ReadBound(string name, string text) => Values.Size(name, text) is { } bound && bound >= SmallestBound
        ? bound
        : throw new UsageException($"{name} takes a number of bytes of at least 1M, such as 512M, not '{text}'");
}
