using System.Runtime.CompilerServices;
using Volley.Testing;
using Xunit;

[assembly: AssemblyFixture(typeof(Fleet))]

namespace Volley.Samples.Tests;

internal static class TestAssembly
{
    /// <summary>Tests must neither find nor leave control masters of the user's.</summary>
    [ModuleInitializer]
    internal static void Begin() => RuntimeFolder.UseForThisProcess();
}
