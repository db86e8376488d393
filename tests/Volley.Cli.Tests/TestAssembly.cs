using System.Runtime.CompilerServices;
using Volley.Testing;
using Xunit;

// Most tests only need hosts; one that changes the server, or counts all that it logs, starts a fleet of its own.
[assembly: AssemblyFixture(typeof(Fleet))]

namespace Volley.Cli.Tests;

internal static class TestAssembly
{
    /// <summary>Tests must neither find nor leave control masters of the user's.</summary>
    [ModuleInitializer]
    internal static void Begin() => RuntimeFolder.UseForThisProcess();
}
