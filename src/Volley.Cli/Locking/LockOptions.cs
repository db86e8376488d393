using Volley.Cli.Journal;
using Volley.Cli.Options;
using Volley.Cli.Options.Parsing;

namespace Volley.Cli.Locking;

/// <summary>The options that keep two runs on this machine apart.</summary>
internal sealed class LockOptions() : OptionGroup("Lock")
{
    private const int MaxNameLength = 64;

    public readonly Option<string> Lock = new(ReadName, "--lock")
    {
        ValueName = "NAME",
        Help = "run only while no other run on this machine has the lock NAME; wait for it",
    };
    public readonly Option<TimeSpan?> Wait = new(Values.DurationOrZero("do not wait"), "--lock-wait")
    {
        ValueName = "TIME",
        Help = "wait for the lock at most TIME, then exit with 1; 0: do not wait",
        Default = "no limit",
    };

    public override IReadOnlyList<Option> Options => [Lock, Wait];

    /// <summary>Checks that the options are consistent with each other.</summary>
    /// <exception cref="UsageException">There is a time to wait, and no lock.</exception>
    public void Check()
    {
        if (Lock.IsGiven)
            return;
        Wait.DropDefault();
        if (Wait.IsGiven)
            throw new UsageException("--lock-wait requires --lock");
    }

    /// <summary>Takes the lock. Returns null without <c>--lock</c>.</summary>
    /// <param name="options">The command line, which others that wait are shown without its options.</param>
    /// <param name="mask">The values that others are not shown; null for none.</param>
    /// <param name="report">Receives a line for standard error before a wait.</param>
    /// <exception cref="LockException">Another run holds the lock, or a signal ended the wait.</exception>
    /// <exception cref="IOException">The file of the lock can't be opened.</exception>
    public async ValueTask<IDisposable?> TakeAsync(RunOptions options, SecretMask? mask, Action<string> report)
    {
        if (Lock.Value is not { } name)
            return null;
        if (!OperatingSystem.IsLinux())
            throw new UsageException("--lock is available on Linux only");
        string[] words = [options.Verb.GetName(), .. options.Job.Script.Value is { } script ? [script] : Array.Empty<string>(), .. options.Command];
        var command = string.Join(' ', words);
        return await RunLock.TakeAsync(name, mask?.Hide(command) ?? command, Wait.Value ?? Timeout.InfiniteTimeSpan, report);
    }

    private static string ReadName(string name, string text) =>
        text.Length <= MaxNameLength && char.IsAsciiLetterOrDigit(text[0]) && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.')
            ? text
            : throw new UsageException(
                $"{name} takes a name of up to {MaxNameLength} letters, digits and _ . -, which begins with a letter or a digit, not '{text}'");
}
