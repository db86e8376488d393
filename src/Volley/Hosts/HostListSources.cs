using Volley.Hosts.Parsing;

namespace Volley;

/// <summary>The sources that a host expression may read. File names are relative to the current directory.</summary>
/// <remarks>Use one instance for all expressions of a run, so that only one of them reads standard input.</remarks>
public sealed class HostListSources
{
    private bool _standardInputTaken;

    /// <summary>The source of hosts for the item <c>-</c>, or null if there is none. The caller closes it.</summary>
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
