namespace Volley;

/// <summary>
/// A job that reboots machines: runs a command, and waits until the target can be logged in to again and has a new boot id. A target succeeds when it
/// is up again. <see cref="RunPlan.CommandTimeout"/> limits the time from the command to the new boot id.
/// </summary>
/// <param name="Command">The command that reboots the target. It may lose its connection.</param>
/// <exception cref="ArgumentNullException"><paramref name="Command"/> is null.</exception>
public sealed record RebootJob(CommandJob Command) : Job
{
    /// <summary>The file with the boot id of Linux.</summary>
    public const string LinuxBootIdFile = "/proc/sys/kernel/random/boot_id";

    /// <summary>The command that reboots the target.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public CommandJob Command { get; init => field = Argument.NotNull(value, nameof(Command)); } = Argument.NotNull(Command, nameof(Command));

    /// <summary>The file at the target whose content is another one after each boot. The default is <see cref="LinuxBootIdFile"/>.</summary>
    /// <exception cref="ArgumentException">The value is empty or has a NUL.</exception>
    public string BootIdFile { get; init => field = Argument.Text(value, nameof(BootIdFile)); } = LinuxBootIdFile;

    /// <summary>The boot id of this machine, or null. A target that has it is not rebooted, and ends with <see cref="NodeOutcome.Refused"/>.</summary>
    public string? OwnBootId { get; init; }

    /// <summary>The time between two attempts to log in. The default is one second.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or above 49 days.</exception>
    public TimeSpan Interval { get; init => field = Argument.Time(value, nameof(Interval)); } = TimeSpan.FromSeconds(1);
}
