namespace Volley.Testing;

/// <summary>The native program that tests run: <c>VOLLEY_PROGRAM</c>, else the one that <c>./test</c> publishes.</summary>
public static class BuiltProgram
{
    /// <summary>Its full path.</summary>
    /// <exception cref="FileNotFoundException">It has not been built; the message says how.</exception>
    public static string Path
    {
        get
        {
            var path = Environment.GetEnvironmentVariable("VOLLEY_PROGRAM") is { Length: > 0 } chosen
                ? System.IO.Path.GetFullPath(chosen)
                : System.IO.Path.Combine(Repository.Root, "out", "volley");
            return File.Exists(path)
                ? path
                : throw new FileNotFoundException(
                    $"{path} is not there; run ./test or: dotnet publish src/Volley.Cli -c Release -o out");
        }
    }
}
