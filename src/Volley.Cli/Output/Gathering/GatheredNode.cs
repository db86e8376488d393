namespace Volley.Cli.Output.Gathering;

/// <summary>The output of a node so far.</summary>
/// <param name="target">The target.</param>
/// <param name="start">The place of an empty output.</param>
internal sealed class GatheredNode(Target target, OutputPlace start)
{
    public Target Target => target;

    public OutputPlace Stdout { get; set; } = start;

    public OutputPlace Stderr { get; set; } = start;

    public ArrivalOrder Order { get; private init; } = new();

    public bool HasOutput => Stdout.Length + Stderr.Length > 0;

    /// <summary>Returns an entry with the same output for another node.</summary>
    public GatheredNode CopyFor(Target other) => new(other, Stdout) { Stderr = Stderr, Order = Order };

    public OutputPlace GetOutput(StreamKind stream) => stream == StreamKind.Stdout ? Stdout : Stderr;
}
