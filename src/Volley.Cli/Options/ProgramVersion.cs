namespace Volley.Cli.Options;

/// <summary>The version of the program.</summary>
internal static class ProgramVersion
{
    /// <summary>The version as <c>--version</c> prints it: three numbers.</summary>
    public static string Text { get; } = typeof(ProgramVersion).Assembly.GetName().Version!.ToString(3);
}
