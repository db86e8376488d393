using Volley.Ssh.Config.Keywords;
using Volley.Ssh.Config.Syntax;

namespace Volley.Ssh.Config.Resolving;

/// <summary>The condition of <c>Host</c>: at least one pattern matches, and none that begins with <c>!</c>.</summary>
internal sealed class HostCondition(ConfigLine line) : BlockCondition
{
    private readonly IReadOnlyList<string> _patterns = line.NonEmptyArguments();

    public override Verdict Judge(HostDraft host)
    {
        var verdict = Verdict.No;
        foreach (string pattern in _patterns)
        {
            bool exception = pattern[0] == '!';
            if (!Wildcard.Matches(host.Host, exception ? pattern.AsSpan(1) : pattern))
                continue;
            if (exception)
                return Verdict.No;
            verdict = Verdict.Yes;
        }
        return verdict;
    }
}
