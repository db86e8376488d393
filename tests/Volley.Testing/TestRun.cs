namespace Volley.Testing;

/// <summary>What was asked of this run of the tests.</summary>
public static class TestRun
{
    /// <summary>Whether tests may take minutes: <c>./test --long</c>.</summary>
    public static bool IsLong { get; } = Environment.GetEnvironmentVariable("VOLLEY_LONG") is not null;

    /// <summary>Whether servers and relays are to be killed, paused and waited for: <c>./test --faults</c>.</summary>
    public static bool HasFaults { get; } = Environment.GetEnvironmentVariable("VOLLEY_FAULTS") is not null;
}
