using System.IO.Compression;
using System.Reflection;
using System.Reflection.Metadata;
using System.Text;
using System.Xml.Linq;
using Volley.Inventory;
using Volley.Ssh;
using Volley.Testing;
using Xunit;

namespace Volley.Packages.Tests;

/// <summary>The content of the packages.</summary>
public sealed class PackageTests(PackageFeed feed)
{
    public static TheoryData<string> Names => ["Volley", "Volley.Ssh", "Volley.Inventory"];

    [Theory]
    [InlineData("Volley", "Volley.dll Volley.xml")]
    [InlineData("Volley.Ssh", "Volley.Interop.dll Volley.Ssh.dll Volley.Ssh.xml")]
    [InlineData("Volley.Inventory", "Volley.Inventory.dll Volley.Inventory.xml")]
    public void APackageHoldsItsAssembliesReadmeAndIcon(string name, string libraries)
    {
        using var package = feed.Open(name);
        var files = package.Entries.Select(entry => entry.FullName).ToList();
        Assert.Equal(
            libraries.Split(' '), files.Where(file => file.StartsWith("lib/", StringComparison.Ordinal)).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal));
        Assert.All(files.Where(file => file.StartsWith("lib/", StringComparison.Ordinal)), file => Assert.StartsWith("lib/net10.0/", file, StringComparison.Ordinal));
        Assert.StartsWith($"# {name}\n", Encoding.UTF8.GetString(Read(package, "README.md")), StringComparison.Ordinal);
        Assert.Equal([0x89, .. "PNG"u8], Read(package, "icon.png")[..4]);
    }

    [Theory]
    [InlineData("Volley", "Microsoft.Extensions.Logging.Abstractions 10.0.0, Volley.Ssh [0.1.0]")]
    [InlineData("Volley.Ssh", "BouncyCastle.Cryptography 2.7.0, libsodium 1.0.22")]
    [InlineData("Volley.Inventory", "Volley [0.1.0], YamlDotNet 18.1.0")]
    public void APackageNamesItsDependencies(string name, string dependencies)
    {
        var found = Metadata(name).Descendants().Where(element => element.Name.LocalName == "dependency")
            .Select(element => $"{element.Attribute("id")!.Value} {element.Attribute("version")!.Value}");
        Assert.Equal(dependencies, string.Join(", ", found.Order(StringComparer.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void APackageDescribesItself(string name)
    {
        var values = Metadata(name).Elements().ToDictionary(element => element.Name.LocalName, element => element);
        Assert.Equal(PackageFeed.Version, values["version"].Value);
        Assert.Equal("MIT", values["license"].Value);
        Assert.Equal("README.md", values["readme"].Value);
        Assert.Equal("icon.png", values["icon"].Value);
        Assert.Contains("ssh", values["tags"].Value.Split(' '));
        Assert.NotEmpty(values["projectUrl"].Value);
        Assert.Equal("git", values["repository"].Attribute("type")!.Value);
        Assert.NotEmpty(values["repository"].Attribute("url")!.Value);
        Assert.Equal(40, values["repository"].Attribute("commit")!.Value.Length);
        var notes = values["releaseNotes"].Value.ReplaceLineEndings("\n");
        Assert.StartsWith("### ", notes, StringComparison.Ordinal);
        Assert.Contains(notes, File.ReadAllText(Path.Combine(Repository.Root, "CHANGELOG.md")), StringComparison.Ordinal);
        // The registry accepts no more.
        Assert.InRange(notes.Length, 1, 35_000);
    }

    [Theory]
    [InlineData("Volley", typeof(ParallelExecutor))]
    [InlineData("Volley.Ssh", typeof(SshClient))]
    [InlineData("Volley.Inventory", typeof(StandardSources))]
    public void DocCommentsAreThoseOfPublicMembers(string name, Type member)
    {
        using var package = feed.Open(name);
        var documented = XDocument.Load(new MemoryStream(Read(package, $"lib/net10.0/{name}.xml"))).Descendants("member")
            .Select(element => element.Attribute("name")!.Value).ToList();
        var assembly = member.Assembly;
        Assert.Contains($"T:{member.FullName}", documented);
        Assert.All(documented, id => Assert.True(IsVisible(assembly, id), id));
        Assert.All(
            assembly.GetExportedTypes().Where(type => !type.IsNested), type => Assert.Contains($"T:{type.FullName}", documented));
    }

    [Theory]
    [InlineData("Volley", "Volley")]
    [InlineData("Volley.Ssh", "Volley.Ssh")]
    [InlineData("Volley.Ssh", "Volley.Interop")]
    [InlineData("Volley.Inventory", "Volley.Inventory")]
    public void SymbolsFindTheSourcesAndNoLocalPathIsLeft(string name, string assembly)
    {
        using var package = feed.Open(name);
        using var symbols = feed.Open(name, "snupkg");
        var pdb = Read(symbols, $"lib/net10.0/{assembly}.pdb");
        foreach (var content in (byte[][])[Read(package, $"lib/net10.0/{assembly}.dll"), pdb])
        {
            foreach (var encoding in (Encoding[])[Encoding.UTF8, Encoding.Unicode])
                Assert.Equal(-1, content.AsSpan().IndexOf(encoding.GetBytes(Repository.Root)));
        }

        using var provider = MetadataReaderProvider.FromPortablePdbStream(new MemoryStream(pdb));
        var reader = provider.GetMetadataReader();
        Assert.All(reader.Documents, handle => Assert.StartsWith("/_/", reader.GetString(reader.GetDocument(handle).Name), StringComparison.Ordinal));
        var link = reader.CustomDebugInformation.Select(reader.GetCustomDebugInformation)
            .Single(information => reader.GetGuid(information.Kind) == new Guid("CC110556-A091-4D38-9FEC-25AB9A351A6A"));
        var commit = Metadata(name).Elements().Single(element => element.Name.LocalName == "repository").Attribute("commit")!.Value;
        Assert.Contains($"/{commit}/*", Encoding.UTF8.GetString(reader.GetBlobBytes(link.Value)), StringComparison.Ordinal);
    }

    private static bool IsVisible(Assembly assembly, string id)
    {
        var name = id[2..];
        if (id.StartsWith("T:", StringComparison.Ordinal))
            return FindType(assembly, name) is { IsVisible: true };
        if (name.IndexOf('(', StringComparison.Ordinal) is > 0 and var parameters)
            name = name[..parameters];
        var dot = name.LastIndexOf('.');
        var member = name[(dot + 1)..].Replace('#', '.');
        if (member.IndexOf('`', StringComparison.Ordinal) is > 0 and var generic)
            member = member[..generic];
        return FindType(assembly, name[..dot]) is { IsVisible: true } type
            && type.GetMember(member, BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
                .Any(found => found switch
                {
                    MethodBase method => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly,
                    FieldInfo field => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly,
                    PropertyInfo property => property.GetAccessors(nonPublic: true).Any(accessor => accessor.IsPublic || accessor.IsFamily || accessor.IsFamilyOrAssembly),
                    EventInfo @event => @event.AddMethod is { IsPublic: true } or { IsFamily: true },
                    _ => false,
                });
    }

    /// <summary>Finds a type by the name of the compiler, which separates nested types by dots.</summary>
    private static Type? FindType(Assembly assembly, string name) =>
        assembly.GetType(name) ?? (name.LastIndexOf('.') is > 0 and var dot && FindType(assembly, name[..dot]) is { } outer
            ? outer.GetNestedType(name[(dot + 1)..], BindingFlags.Public | BindingFlags.NonPublic)
            : null);

    private XElement Metadata(string name)
    {
        using var package = feed.Open(name);
        return XDocument.Load(new MemoryStream(Read(package, $"{name}.nuspec"))).Root!.Elements().Single();
    }

    private static byte[] Read(ZipArchive package, string name)
    {
        using var stream = package.GetEntry(name)!.Open();
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
