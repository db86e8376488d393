using System.IO.Compression;
using Volley.Testing;
using Xunit;

namespace Volley.Packages.Tests;

/// <summary>
/// The packages of the libraries, made of what is built, in a directory that serves as a feed. Programs beside it get them, and what the repository has
/// restored, and nothing from the network; their packages are unpacked into an empty cache.
/// </summary>
public sealed class PackageFeed : IAsyncLifetime
{
    public const string Version = "0.1.0";

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private readonly string _root = Directory.CreateTempSubdirectory("volley-packages-").FullName;

    private string Feed => Path.Combine(_root, "feed");

    public async ValueTask InitializeAsync()
    {
        await DotnetAsync(Repository.Root, "pack", "Volley.slnx", "-c", "Release", "--no-build", "-o", Feed);
        File.WriteAllText(Path.Combine(_root, "NuGet.config"), $"""
            <configuration>
              <packageSources>
                <clear />
                <add key="packed" value="{Feed}" />
                <add key="restored" value="{Restored()}" />
              </packageSources>
              <fallbackPackageFolders>
                <clear />
              </fallbackPackageFolders>
            </configuration>
            """);
        // The versions of the compilers' packs that the repository has restored.
        File.Copy(Path.Combine(Repository.Root, "Directory.Build.targets"), Path.Combine(_root, "Directory.Build.targets"));
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_root, recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>Opens a package (nupkg) or its symbols (snupkg).</summary>
    public ZipArchive Open(string name, string extension = "nupkg") => ZipFile.OpenRead(Path.Combine(Feed, $"{name}.{Version}.{extension}"));

    /// <summary>Publishes a program of this directory, and returns the directory of the result.</summary>
    /// <param name="consumer">The name of its project.</param>
    /// <param name="variant">The name of the copy that is built.</param>
    /// <param name="options">Options of the publication.</param>
    public async Task<string> PublishAsync(string consumer, string variant, params string[] options)
    {
        var project = Directory.CreateDirectory(Path.Combine(_root, variant)).FullName;
        foreach (var file in Directory.GetFiles(Path.Combine(Repository.Root, "tests/Volley.Packages.Tests/Consumers", consumer)))
            File.Copy(file, Path.Combine(project, Path.GetFileName(file)));
        var result = Path.Combine(project, "published");
        await DotnetAsync(project, ["publish", "-c", "Release", "-o", result, .. options]);
        return result;
    }

    private async Task DotnetAsync(string directory, params IReadOnlyList<string> arguments)
    {
        var start = new ProgramStart("dotnet", [.. arguments, "--disable-build-servers", "-nodeReuse:false"])
        {
            WorkingDirectory = directory,
            Environment = new Dictionary<string, string?>
            {
                ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
                ["DOTNET_NOLOGO"] = "1",
                ["NUGET_PACKAGES"] = Path.Combine(_root, "cache"),
            },
        };
        // The repository's own cache for its own projects.
        var result = await ProgramRun.RunAsync(directory == Repository.Root ? start.WithVariable("NUGET_PACKAGES", Restored()) : start, Limit);
        Assert.True(result.ExitCode == 0, $"dotnet {string.Join(' ', arguments)}: {result}");
        Assert.DoesNotContain("warning", result.Stdout, StringComparison.OrdinalIgnoreCase);
    }

    private static string Restored() => Environment.GetEnvironmentVariable("NUGET_PACKAGES")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget/packages");
}
