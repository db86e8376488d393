using System.Globalization;
using System.Reflection;

namespace Volley.Tests.Documentation;

/// <summary>The ids of members in XML documentation files (C# specification, annex D.4.2).</summary>
internal static class DocumentationId
{
    public static string Of(MemberInfo member) => member switch
    {
        Type type => "T:" + NameOf(type),
        ConstructorInfo constructor => $"M:{NameOf(constructor.DeclaringType!)}.#ctor{ParametersOf(constructor.GetParameters())}",
        MethodInfo method => Of(method),
        PropertyInfo property => $"P:{NameOf(property.DeclaringType!)}.{property.Name.Replace('.', '#')}{ParametersOf(property.GetIndexParameters())}",
        EventInfo @event => $"E:{NameOf(@event.DeclaringType!)}.{@event.Name}",
        _ => $"F:{NameOf(member.DeclaringType!)}.{member.Name}",
    };

    private static string Of(MethodInfo method)
    {
        var arity = method.IsGenericMethod ? string.Create(CultureInfo.InvariantCulture, $"``{method.GetGenericArguments().Length}") : "";
        var conversion = method.Name is "op_Implicit" or "op_Explicit" ? "~" + ReferenceTo(method.ReturnType) : "";
        return $"M:{NameOf(method.DeclaringType!)}.{method.Name.Replace('.', '#')}{arity}{ParametersOf(method.GetParameters())}{conversion}";
    }

    /// <summary>Returns the name of a type as declared, with the number of its type parameters.</summary>
    private static string NameOf(Type type) => (type.IsGenericType ? type.GetGenericTypeDefinition() : type).FullName!.Replace('+', '.');

    private static string ParametersOf(ParameterInfo[] parameters) =>
        parameters.Length == 0 ? "" : $"({string.Join(',', parameters.Select(parameter => ReferenceTo(parameter.ParameterType)))})";

    /// <summary>Returns a type as a parameter refers to it, with its type arguments.</summary>
    private static string ReferenceTo(Type type)
    {
        if (type.IsByRef)
            return ReferenceTo(type.GetElementType()!) + "@";
        if (type.IsPointer)
            return ReferenceTo(type.GetElementType()!) + "*";
        if (type.IsArray)
            return ReferenceTo(type.GetElementType()!) + "[]";
        if (type.IsGenericParameter)
            return string.Create(CultureInfo.InvariantCulture, $"{(type.DeclaringMethod is null ? "`" : "``")}{type.GenericParameterPosition}");
        if (!type.IsGenericType)
            return NameOf(type);
        // Each part of the name of a nested type has its own arguments.
        var arguments = new Queue<string>(type.GetGenericArguments().Select(ReferenceTo));
        return string.Join('.', NameOf(type).Split('.').Select(part =>
        {
            var tick = part.IndexOf('`', StringComparison.Ordinal);
            return tick < 0
                ? part
                : $"{part[..tick]}{{{string.Join(',', Enumerable.Range(0, int.Parse(part.AsSpan(tick + 1), CultureInfo.InvariantCulture)).Select(_ => arguments.Dequeue()))}}}";
        }));
    }
}
