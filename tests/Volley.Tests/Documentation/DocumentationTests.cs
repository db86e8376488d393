using System.Reflection;
using System.Runtime.CompilerServices;
using System.Xml.Linq;
using Volley.Ssh;
using Xunit;

namespace Volley.Tests.Documentation;

/// <summary>The documentation of the public members of the libraries is complete, as an editor shows it.</summary>
public class DocumentationTests
{
    public static TheoryData<Assembly> Libraries => [typeof(ParallelExecutor).Assembly, typeof(SshClient).Assembly];

    [Theory]
    [MemberData(nameof(Libraries))]
    public void EveryPublicMemberIsDocumented(Assembly library)
    {
        ArgumentNullException.ThrowIfNull(library);
        var texts = XDocument.Load(Path.ChangeExtension(library.Location, ".xml")).Descendants("member").ToDictionary(member => member.Attribute("name")!.Value);
        var members = library.GetExportedTypes().SelectMany(MembersOf).ToList();
        Assert.True(members.Count > 100, $"only {members.Count} members were found");
        Assert.Equal("", string.Join('\n', members.SelectMany(member => Missing(member, texts)).Order(StringComparer.Ordinal)));
    }

    /// <summary>What a member checks itself is in its documentation: by the type of the exception, or a type that it derives from.</summary>
    [Theory]
    [MemberData(nameof(Libraries))]
    public void EveryExceptionThatAMemberThrowsItselfIsDocumented(Assembly library)
    {
        ArgumentNullException.ThrowIfNull(library);
        var texts = XDocument.Load(Path.ChangeExtension(library.Location, ".xml")).Descendants("member").ToDictionary(member => member.Attribute("name")!.Value);
        var missing = library.GetExportedTypes().SelectMany(MembersOf).SelectMany(member => MissingExceptions(member, texts)).Order(StringComparer.Ordinal);
        Assert.Equal("", string.Join('\n', missing));
    }

    private static IEnumerable<string> MissingExceptions(MemberInfo member, Dictionary<string, XElement> texts)
    {
        var id = DocumentationId.Of(member);
        var text = texts.GetValueOrDefault(id) ?? (member is ConstructorInfo ? texts.GetValueOrDefault(DocumentationId.Of(member.DeclaringType!)) : null);
        if (text is null || text.Element("inheritdoc") is not null)
            yield break;
        var documented = text.Elements("exception").Select(element => element.Attribute("cref")!.Value["T:".Length..]).ToHashSet();
        foreach (var (exception, argument) in ThrownExceptions.Of(member))
        {
            for (var type = exception; ; type = type.BaseType!)
            {
                if (documented.Contains(type.FullName!))
                    break;
                if (type == typeof(Exception))
                {
                    yield return $"{id}: no text for {exception.Name} ({argument})";
                    break;
                }
            }
        }
    }

    private static IEnumerable<MemberInfo> MembersOf(Type type)
    {
        const BindingFlags Declared = BindingFlags.DeclaredOnly | BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;
        yield return type;
        if (typeof(Delegate).IsAssignableFrom(type))
            yield break;
        foreach (var member in type.GetMembers(Declared))
        {
            if (member is not Type && IsPublic(member) && !member.IsDefined(typeof(CompilerGeneratedAttribute)) && !IsImplicit(member))
                yield return member;
        }
    }

    private static bool IsPublic(MemberInfo member) => member switch
    {
        MethodBase method => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly,
        PropertyInfo property => property.GetAccessors(nonPublic: true).Any(IsPublic),
        EventInfo @event => IsPublic(@event.AddMethod!),
        FieldInfo field => (field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly) && !field.IsSpecialName,
        _ => false,
    };

    /// <summary>Returns whether a member has no declaration that could be documented.</summary>
    private static bool IsImplicit(MemberInfo member) => member switch
    {
        // The accessors of properties and events; operators have a declaration.
        MethodInfo { IsSpecialName: true } method => !method.Name.StartsWith("op_", StringComparison.Ordinal),
        // A default constructor, of a class or of a record.
        ConstructorInfo constructor => constructor.GetParameters().Length == 0 || (IsRecord(member.DeclaringType!) && constructor.IsFamily),
        PropertyInfo property => property.Name == "EqualityContract",
        _ => false,
    };

    private static bool IsRecord(Type type) => type.GetMethod("<Clone>$") is not null;

    private static IEnumerable<string> Missing(MemberInfo member, Dictionary<string, XElement> texts)
    {
        var id = DocumentationId.Of(member);
        // A type with a primary constructor documents its parameters, and a record with them its properties.
        texts.TryGetValue(DocumentationId.Of(member as Type ?? member.DeclaringType!), out var type);
        var text = texts.GetValueOrDefault(id) ?? (member is ConstructorInfo ? type : null);
        if (text is null && member is PropertyInfo property && Has(type, "param", property.Name))
            yield break;
        if (text is null)
        {
            yield return $"{id}: not documented";
            yield break;
        }

        if (text.Element("inheritdoc") is not null)
            yield break;
        if (!Has(text, "summary"))
            yield return $"{id}: no summary";
        var method = member is Type delegateType && typeof(Delegate).IsAssignableFrom(delegateType) ? delegateType.GetMethod("Invoke") : member as MethodBase;
        foreach (var parameter in method?.GetParameters() ?? [])
        {
            if (!Has(text, "param", parameter.Name))
                yield return $"{id}: no text for the parameter {parameter.Name}";
        }

        if (method is MethodInfo { ReturnType: var returned } && returned != typeof(void) && returned != typeof(Task) && returned != typeof(ValueTask) && !Has(text, "returns"))
            yield return $"{id}: no text for the returned value";
    }

    private static bool Has(XElement? text, string element, string? name = null) =>
        text?.Elements(element).Any(found => (name is null || found.Attribute("name")?.Value == name) && found.Nodes().Any()) is true;
}
