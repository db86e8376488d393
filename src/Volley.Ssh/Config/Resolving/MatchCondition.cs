using Volley.Ssh.Config.Keywords;
using Volley.Ssh.Config.Syntax;

namespace Volley.Ssh.Config.Resolving;

/// <summary>The condition of <c>Match</c>: all criteria hold.</summary>
internal sealed class MatchCondition : BlockCondition
{
    private static readonly HashSet<string> NeedSsh = ["exec", "localnetwork", "tagged", "command", "version", "sessiontype"];

    private readonly List<Criterion> _criteria = [];
    private readonly ConfigPlace _place;

    /// <exception cref="SshConfigException">The criteria are invalid.</exception>
    public MatchCondition(ConfigLine line)
    {
        _place = line.Place;
        var words = new DelimitedText(line.Text);
        bool comment = false;
        while (words.Next() is { Length: > 0 } word)
        {
            comment = word[0] == '#';
            if (comment)
                break;
            bool negated = word[0] == '!';
            string kind = AsciiText.ToLower(negated ? word[1..] : word);
            if (kind == "all")
            {
                if (_criteria.Count > 1 || (words.Next() is { Length: > 0 } next && next[0] != '#'))
                    throw line.Error("all can't be combined with other Match criteria");
                _criteria.Add(new(kind, negated, ""));
                return;
            }
            if (kind is "canonical" or "final")
            {
                WantsFinalPass |= kind == "final";
                _criteria.Add(new(kind, negated, ""));
                continue;
            }
            if (kind is not ("host" or "originalhost" or "user" or "localuser") && !NeedSsh.Contains(kind))
            {
                Unsupported = kind;
                return;
            }
            if (words.Next() is not { Length: > 0 } argument || argument[0] == '#')
                throw line.Error($"Match {kind} needs an argument");
            _criteria.Add(new(kind, negated, argument));
        }
        if (_criteria.Count == 0)
            throw line.Error("Match needs a criterion");
        if (!comment && words.Rest is { Length: > 0 } rest)
            throw line.Error($"Match has an empty criterion before '{rest}'");
    }

    /// <summary>Whether the configuration must be read a second time, even if the block does not apply (Match final).</summary>
    public bool WantsFinalPass { get; }

    /// <summary>An unknown criterion, which the installed ssh may not support either; null if all are known.</summary>
    public string? Unsupported { get; }

    public override Verdict Judge(HostDraft host)
    {
        var verdict = Verdict.Yes;
        string? unknown = null;
        foreach (var criterion in _criteria)
        {
            switch (Holds(criterion, host))
            {
                case null:
                    unknown ??= criterion.Kind;
                    verdict = Verdict.Unknown;
                    break;
                case { } holds when holds == criterion.Negated:
                    return Verdict.No;
            }
        }
        if (unknown is not null)
            host.AddReason($"Match {unknown}", _place);
        if (Unsupported is not null)
            verdict = Verdict.Unknown;
        host.HasUnknownConditions |= verdict == Verdict.Unknown;
        return verdict;
    }

    private static bool? Holds(Criterion criterion, HostDraft host) => criterion.Kind switch
    {
        "all" => true,
        "canonical" or "final" => host.IsFinalPass,
        "host" => PatternList.MatchesHost(host.CurrentHostName, criterion.Argument),
        "originalhost" => PatternList.MatchesHost(host.OriginalHost, criterion.Argument),
        "user" => PatternList.Matches(host.CurrentUser, criterion.Argument),
        "localuser" => PatternList.Matches(host.Files.LocalUser, criterion.Argument),
        _ => null,
    };

    private sealed record Criterion(string Kind, bool Negated, string Argument);
}
