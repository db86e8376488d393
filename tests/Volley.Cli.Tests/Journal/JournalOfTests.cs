using System.Runtime.CompilerServices;

namespace Volley.Cli.Tests.Journal;

/// <summary>The journal of all runs of the tests that have none of their own. That of the user stays as it is.</summary>
internal static class JournalOfTests
{
    [ModuleInitializer]
    internal static void Choose()
    {
        var directory = Directory.CreateTempSubdirectory("volley-state-").FullName;
        Environment.SetEnvironmentVariable("XDG_STATE_HOME", directory);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(directory, recursive: true);
    }
}
