using System.Runtime.CompilerServices;
using Volley.Testing;
using Xunit;

// Most tests only need hosts; a class that counts all logins has a fleet of its own.
[assembly: AssemblyFixture(typeof(Fleet))]

namespace Volley.IntegrationTests;

internal static class TestAssembly
{
    /// <summary>Tests must neither find nor leave control masters of the user's.</summary>
    [ModuleInitializer]
    internal static void Begin() => RuntimeFolder.UseForThisProcess();
}
