namespace Volley.Testing;

/// <summary>What was asked of this run of the tests.</summary>
public static class TestRun
{
    /// <summary>Whether tests may take minutes: <c>./test --long</c>.</summary>
    public static bool IsLong { get; } = Environment.GetEnvironmentVariable("VOLLEY_LONG") is not null;
}
