using Volley.Cli.Options.Parsing;

namespace Volley.Cli.Options;

/// <summary>The options for connections.</summary>
internal sealed class ConnectionOptions() : OptionGroup("Connections")
{
    public readonly Flag Password = new("--password") { Help = "prompt once for a password, for hosts that ask for one", NeedsConnection = true, HasVariable = false };
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

    public override IReadOnlyList<Option> Options => [Password, Keep, KeepMax, NoReuse, Retries, ConnectRate, ServerAliveInterval, ServerAliveCountMax];

    /// <summary>Returns the options of a transport over SSH, without the password.</summary>
    /// <param name="hosts">The options for hosts and logins.</param>
    /// <param name="connectTimeout">The connect timeout; null for that of ssh_config.</param>
    public SshOptions Ssh(HostOptions hosts, TimeSpan? connectTimeout) => new()
    {
        User = hosts.User.Value,
        Port = hosts.Port.Value,
        IdentityFiles = [.. hosts.Identity.Values],
        ProxyJump = hosts.Jump.Value,
        ConfigFile = hosts.ConfigFile.Value,
        Directives = [.. hosts.SshOptions.Values],
        ConnectTimeout = connectTimeout,
        Keep = Keep.Value,
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
