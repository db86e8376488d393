using System.Globalization;

namespace Volley.Cli.Output;

/// <summary>Formats the attempts of commands that are retried.</summary>
internal static class RetryText
{
    /// <summary>Returns which attempt a result is of: <c>attempt 1 of 3</c>.</summary>
    public static string Attempt(NodeResult result, RunPlan plan) => Format(result.Retries + 1, plan);

    /// <summary>Returns which attempt follows, and when: <c>attempt 2 of 3 in 5 s</c>.</summary>
    public static string Next(NodeRetrying retrying, RunPlan plan)
    {
        if (plan.Job is WaitJob)
            return $"tried again every {NumberText.Duration(retrying.Delay)}";
        var attempt = Format(retrying.Result.Retries + 2, plan);
        return retrying.Delay == TimeSpan.Zero ? attempt : string.Create(CultureInfo.InvariantCulture, $"{attempt} in {retrying.Delay.TotalSeconds:0.###} s");
    }

    private static string Format(int attempt, RunPlan plan) => plan.Job is CommandJob { Retry: { } retry }
        ? string.Create(CultureInfo.InvariantCulture, $"attempt {attempt} of {retry.Limit + 1L}")
        : string.Create(CultureInfo.InvariantCulture, $"attempt {attempt}");
}
