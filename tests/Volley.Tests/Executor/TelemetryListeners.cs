using Xunit;

namespace Volley.Tests.Executor;

/// <summary>Tests that listen to the engine's activities and instruments. Those are the same for the whole process, so no other test runs at that time.</summary>
[CollectionDefinition(nameof(TelemetryListeners), DisableParallelization = true)]
public class TelemetryListeners;
