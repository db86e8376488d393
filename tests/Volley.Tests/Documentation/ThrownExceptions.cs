using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;

namespace Volley.Tests.Documentation;

/// <summary>Finds the exceptions that a member throws itself, by the instructions of its body and of the argument checks that it calls.</summary>
internal static class ThrownExceptions
{
    private static readonly Dictionary<short, OpCode> Codes = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    /// <summary>Returns the types of the exceptions, each with the name of an argument if it is about one.</summary>
    public static IEnumerable<(Type Exception, string? Argument)> Of(MemberInfo member) => member switch
    {
        PropertyInfo property => property.GetAccessors(nonPublic: true).SelectMany(Of).Distinct(),
        MethodBase method => Of(method),
        _ => [],
    };

    private static IEnumerable<(Type Exception, string? Argument)> Of(MethodBase method)
    {
        var body = method;
        if (method.GetCustomAttribute<StateMachineAttribute>() is { StateMachineType: var machine })
            body = machine.GetMethod("MoveNext", BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public)!;
        return Scan(body).Distinct();
    }

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "Tests are not trimmed.")]
    private static IEnumerable<(Type Exception, string? Argument)> Scan(MethodBase method)
    {
        if (method.GetMethodBody()?.GetILAsByteArray() is not { } code)
            yield break;
        string? text = null;
        Type? created = null;
        for (var position = 0; position < code.Length;)
        {
            var value = code[position] == 0xFE ? unchecked((short)(0xFE00 | code[position + 1])) : code[position];
            var operation = Codes[value];
            position += operation.Size;
            var operand = position;
            position += OperandSize(operation, code, position);
            if (operation == OpCodes.Throw && created is not null)
                yield return (created, null);
            created = null;
            if (operation == OpCodes.Ldstr)
                text = method.Module.ResolveString(BitConverter.ToInt32(code, operand));
            if (operation != OpCodes.Call && operation != OpCodes.Newobj)
                continue;
            if (Resolve(method, BitConverter.ToInt32(code, operand)) is not { DeclaringType: { } type } called)
                continue;
            if (operation == OpCodes.Newobj)
            {
                created = typeof(Exception).IsAssignableFrom(type) ? type : null;
            }
            else if (typeof(Exception).IsAssignableFrom(type) && called.Name.StartsWith("ThrowIf", StringComparison.Ordinal))
            {
                yield return (type, text);
            }
            else if (type.Name == "Argument" || called.Name == "ThrowIfDisposed")
            {
                foreach (var (thrown, _) in Scan(called))
                    yield return (thrown, text);
            }
        }
    }

    private static MethodBase? Resolve(MethodBase method, int token)
    {
        try
        {
            return method.Module.ResolveMethod(
                token,
                method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null,
                method.IsGenericMethod ? method.GetGenericArguments() : null);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static int OperandSize(OpCode operation, byte[] code, int position) => operation.OperandType switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, position)),
        _ => 4,
    };
}
