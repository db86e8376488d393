namespace Volley.Inventory.Tests;

/// <summary>Short forms of evaluations in tests.</summary>
internal static class Evaluation
{
    /// <summary>Returns the names that an expression selects, separated by spaces.</summary>
    public static async Task<string> RunAsync(string expression, HostSources? sources = null, string? input = null) =>
        string.Join(' ', (await HostExpression.Parse(expression).EvaluateAsync(sources ?? HostSources.None, new HostInput(input is null ? null : new StringReader(input)))).Select(host => host.ToString()));

    /// <summary>Returns the message of an invalid expression and the position of the error.</summary>
    public static async Task<(string Message, int Position)> FailAsync(string expression, HostSources? sources = null)
    {
        var error = await Xunit.Assert.ThrowsAsync<HostListException>(() => RunAsync(expression, sources));
        Xunit.Assert.Equal(expression, error.Expression);
        return (error.Message, error.Position);
    }
}
