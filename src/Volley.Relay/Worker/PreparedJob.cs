using Volley.Relay.Jobs;
using Volley.Relay.Wire;

namespace Volley.Relay.Worker;

/// <summary>What a chunk needs to run.</summary>
/// <param name="Job">The job.</param>
/// <param name="Plan">The plan of the chunk's targets.</param>
/// <param name="Targets">The target of each index of the plan, as the controller wrote it.</param>
/// <param name="Ranks">The rank in the run of each index of the plan.</param>
/// <param name="Transport">The transport of the job, which is not the chunk's.</param>
internal sealed record PreparedJob(AcceptedJob Job, RunPlan Plan, PieceTarget[] Targets, int[] Ranks, ITransport Transport);
