namespace Volley.Relay.Jobs;

/// <summary>A relay refuses a job. The message is the reason; it has no control characters, whatever the job has.</summary>
/// <param name="reason">The reason: <c>its signature is not that of an allowed signer</c>.</param>
/// <param name="cause">The exception behind it; null for none.</param>
internal sealed class RefusedException(string reason, Exception? cause = null) : Exception(InertText.Create(reason, 500), cause);
