using Volley.Packages.Tests;
using Volley.Testing;
using Xunit;

[assembly: AssemblyFixture(typeof(Fleet))]
[assembly: AssemblyFixture(typeof(PackageFeed))]
