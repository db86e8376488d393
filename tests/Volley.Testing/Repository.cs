namespace Volley.Testing;

/// <summary>Where the sources lie, seen from the test assembly.</summary>
public static class Repository
{
    /// <summary>The directory that contains <c>Volley.slnx</c>.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Volley.slnx")))
                return folder.FullName;
        }
        throw new DirectoryNotFoundException($"no Volley.slnx above {AppContext.BaseDirectory}");
    }
}
