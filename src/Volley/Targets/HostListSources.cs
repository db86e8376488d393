namespace Volley.Targets;

/// <summary>What a host expression may read besides itself; files are looked up from the current folder.</summary>
/// <remarks>One instance serves all expressions of a run, so that standard input is read by one of them only.</remarks>
public sealed class HostListSources
{
    private bool _standardInputTaken;

    /// <summary>Where the item <c>-</c> reads its hosts from, or null where there is no such source. The caller closes it.</summary>
    public TextReader? StandardInput { get; init; }

    internal TextReader TakeStandardInput(ExpressionText text, int position)
    {
        if (StandardInput is null)
            throw text.Error(position, "there is no standard input to read hosts from here; name the hosts or use ^FILE");
        if (_standardInputTaken)
            throw text.Error(position, "standard input is already read by an earlier -; remove this one");
        _standardInputTaken = true;
        return StandardInput;
    }
}
