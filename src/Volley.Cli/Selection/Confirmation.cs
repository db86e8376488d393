using System.Globalization;
using Volley.Cli.Terminal;

namespace Volley.Cli.Selection;

/// <summary>The question of <c>--confirm</c>. For many hosts their number must be typed.</summary>
/// <param name="plan">The plan of the run.</param>
/// <param name="limit">The largest number of hosts that a yes is enough for; null for 100.</param>
/// <param name="cause">The option or the verb that asks.</param>
/// <param name="user">The user as whom commands run, if that is another one than logs in.</param>
internal sealed class Confirmation(RunPlan plan, int? limit, string cause = "--confirm", string? user = null)
{
    private const int DefaultLimit = 100;

    /// <summary>Asks whether to run the plan.</summary>
    /// <param name="ask">Asks on the terminal; returns null if there is none.</param>
    /// <exception cref="UsageException">There is no terminal.</exception>
    /// <exception cref="DeclinedException">The answer is no.</exception>
    public void Ask(Func<string, string?> ask)
    {
        var count = plan.Targets.Length.ToString(CultureInfo.InvariantCulture);
        var needsNumber = plan.Targets.Length > (limit ?? DefaultLimit);
        var text = string.Join('\n', PlanText.Describe(plan, user).Split('\n').Select(line => SafeText.Escape(line)));
        var answer = ask($"{text}\n{(needsNumber ? $"Type the number of hosts ({count}) to continue: " : "Continue? [y/N] ")}")
            ?? throw new UsageException($"{cause} needs a terminal to ask on, and there is none; to run without the question: --yes");
        var isConfirmed = needsNumber ? answer.Trim() == count : answer.Trim().ToUpperInvariant() is "Y" or "YES";
        if (!isConfirmed)
            throw new DeclinedException("not confirmed; nothing was run");
    }
}

/// <summary>The exception for a run that was not confirmed. Nothing was done.</summary>
internal sealed class DeclinedException(string message) : Exception(message);
