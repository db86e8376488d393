namespace Volley.Execution;

/// <summary>Runs the targets of one run, each from the time at which it leaves the queue to its end. Members are called from several threads at once.</summary>
internal interface INodeRunner : IAsyncDisposable
{
    /// <summary>Called once, before the first target.</summary>
    void Begin();

    /// <summary>Runs a target to its end. Throws nothing: every failure becomes a result.</summary>
    ValueTask<NodeResult> RunAsync(Target target);
}
