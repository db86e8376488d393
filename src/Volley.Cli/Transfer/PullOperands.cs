using Volley.Cli.Options;
using Volley.Cli.Options.Parsing;
using Volley.Interop;

namespace Volley.Cli.Transfer;

/// <summary>The operands of <c>volley pull</c>.</summary>
internal static class PullOperands
{
    private const string Example = "for example: volley pull -H 'web[1-8]' /var/log/app.log logs";

    /// <summary>Creates the job.</summary>
    /// <param name="operands">The files and, unless they are gathered, the directory for their copies.</param>
    /// <param name="gathers">Whether the files are compared, and nothing is written.</param>
    /// <param name="options">The options for copying.</param>
    /// <exception cref="UsageException">Operands are missing or invalid.</exception>
    public static PullJob CreateJob(string[] operands, bool gathers, TransferOptions options)
    {
        try
        {
            return gathers ? new PullJob(operands) : new PullJob(operands[..^1], operands[^1])
            {
                Method = options.MethodValue,
                FollowLinks = options.FollowLinks.IsGiven,
                PreserveAttributes = !options.NoPreserve.IsGiven,
                Verify = options.Verify.IsGiven,
                Resume = options.Resume.IsGiven,
                Rate = options.Rate.Value is > 0 and var all ? all : null,
                TargetRate = options.HostRate.Value is > 0 and var one ? one : null,
            };
        }
        catch (ArgumentException invalid)
        {
            throw new UsageException(invalid.Message);
        }
    }

    /// <summary>Checks the operands, before hosts are looked up.</summary>
    /// <param name="operands">The operands.</param>
    /// <param name="output">The options for output: if they gather, all operands are files.</param>
    /// <param name="options">The options for copying.</param>
    /// <exception cref="UsageException">An operand is missing or empty, or an option has no effect.</exception>
    public static void Check(string[] operands, OutputOptions output, TransferOptions options)
    {
        var gathers = output.Gathers;
        if (gathers && output.MixesFiles)
            throw new UsageException("pull -g compares files, which stream and normal would show without their names; leave them out");
        foreach (var option in new Option[] { options.Verify, options.Resume, options.Rate, options.HostRate, options.Method, options.FollowLinks,
            options.NoPreserve })
        {
            if (gathers)
                option.DropDefault();
            if (gathers && option.IsGiven)
                throw new UsageException($"{option.Name} has no effect with -g, which copies nothing; leave one of the two out");
        }

        if (operands.Contains(""))
            throw new UsageException("an operand of pull is empty");
        if (operands.Length == 0 && gathers)
            throw new UsageException("pull -g needs files, for example: volley pull -g -H 'web[1-8]' /etc/ssh/sshd_config");
        foreach (var source in gathers ? operands : operands.SkipLast(1))
            CopyHabits.CheckPath(RunVerb.Pull, source, isLocal: false);
        if (gathers)
            return;
        if (operands.Length > 0)
            CopyHabits.CheckPath(RunVerb.Pull, operands[^1], isLocal: true);
        if (operands.Length == 0)
            throw new UsageException($"pull needs files and a directory for their copies, {Example}");
        if (operands.Length == 1)
            throw new UsageException($"pull needs a directory for the copies after '{operands[0]}', {Example}; to compare the files: -g");
    }

    /// <summary>Creates the directory for the copies.</summary>
    /// <exception cref="UsageException">It can't be created or written.</exception>
    public static void Prepare(PullJob job)
    {
        try
        {
            job.PrepareDestination();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // "File exists" would leave the reader to guess.
            var isFile = failure is IOException { HResult: Errno.Exists };
            throw new UsageException($"{job.Destination}: {(isFile ? "a file is in the place of the directory" : SystemMessage.Of(failure))}");
        }
    }
}
