namespace Volley.Cli.Rendering;

/// <summary>What the system says about a file.</summary>
internal static class SystemMessage
{
    /// <summary>The message without the path that .NET puts into it: ours say it in front.</summary>
    public static string Of(Exception failure)
    {
        if (failure is DirectoryNotFoundException)
            return "its folder is not there";
        if (failure is UnauthorizedAccessException)
            return "it can't be written";
        var message = failure.Message;
        var path = message.IndexOf(" : '", StringComparison.Ordinal);
        return (path < 0 ? message : message[..path]).TrimEnd('.');
    }
}
