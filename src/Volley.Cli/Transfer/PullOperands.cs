using Volley.Interop;

namespace Volley.Cli.Transfer;

/// <summary>The operands of <c>volley pull</c>.</summary>
internal static class PullOperands
{
    private const string Example = "for example: volley pull -H 'web[1-8]' /var/log/app.log logs";

    /// <summary>Creates the job.</summary>
    /// <exception cref="UsageException">Operands are missing or invalid.</exception>
    public static PullJob CreateJob(string[] operands)
    {
        Check(operands);
        try
        {
            return new PullJob(operands[..^1], operands[^1]);
        }
        catch (ArgumentException invalid)
        {
            throw new UsageException(invalid.Message);
        }
    }

    /// <summary>Checks the operands, before hosts are looked up.</summary>
    /// <exception cref="UsageException">An operand is missing or empty.</exception>
    public static void Check(string[] operands)
    {
        if (operands.Length == 0)
            throw new UsageException($"pull needs files and a directory for their copies, {Example}");
        if (operands.Length == 1)
            throw new UsageException($"pull needs a directory for the copies after '{operands[0]}', {Example}");
        if (operands.Contains(""))
            throw new UsageException("an operand of pull is empty");
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
            throw new UsageException($"{job.Destination}: {SystemMessage.Of(failure)}");
        }
    }
}
