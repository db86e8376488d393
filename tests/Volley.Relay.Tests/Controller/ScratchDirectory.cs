namespace Volley.Relay.Tests.Controller;

/// <summary>A directory of one test.</summary>
internal sealed class ScratchDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("volley-test-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
