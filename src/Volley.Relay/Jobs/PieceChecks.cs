using System.Text.Json;
using Volley.Interop;
using Volley.Relay.Wire;

namespace Volley.Relay.Jobs;

/// <summary>Checks of the targets of a piece. That they are signed says only who is to blame.</summary>
internal static class PieceChecks
{
    private const int MaxLabel = 1024;

    /// <summary>Checks a piece.</summary>
    /// <param name="piece">The piece.</param>
    /// <param name="commands">The number of commands of the job.</param>
    /// <exception cref="JsonException">It is malformed.</exception>
    /// <exception cref="RefusedException">A target is not one that a relay takes.</exception>
    public static void Check(TargetPiece piece, int commands)
    {
        if (piece.Targets is null || piece.Targets.Length is 0 or > JobBuilder.PieceTargets)
            throw new JsonException("it has no targets, or too many");
        var last = -1;
        foreach (var target in piece.Targets)
        {
            if (target?.Host is null || target.Rank <= last)
                throw new JsonException("its ranks are not in order, or a target is null");
            last = target.Rank;
            Check(target, commands);
        }
    }

    private static void Check(PieceTarget target, int commands)
    {
        if (TargetFields.FindFault(target.Host, target.User, target.Address, target.ProxyJump) is { } fault)
            throw new RefusedException(fault);
        try
        {
            Argument.Port(target.Port, "port");
            if (target.Label is { } label && Argument.Text(label, "label").Length > MaxLabel)
                throw new JsonException("a label is too long");
            if (target.Variables is { } variables && (variables.Length is 0 || (variables.Length > 1 && variables.Length != commands)))
                throw new JsonException("it has variables for another number of commands");
            foreach (var variable in target.Variables ?? [])
                Argument.Variables(variable, "variables");
        }
        catch (ArgumentException wrong)
        {
            throw new JsonException(wrong.Message, wrong);
        }
    }
}
