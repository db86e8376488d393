using System.Text.Json;
using Volley.Relay.Wire;

namespace Volley.Relay.Jobs;

/// <summary>Splits targets into pieces, each of which fits into a message.</summary>
internal static class TargetPieces
{
    /// <summary>Creates the pieces of targets one by one.</summary>
    /// <returns>The index of the first target of each piece, and its bytes.</returns>
    /// <exception cref="RelayException">A target alone is too large.</exception>
    public static IEnumerable<(int FirstRank, byte[] Bytes)> Create(Job job, IReadOnlyList<Target> targets)
    {
        for (var start = 0; start < targets.Count;)
        {
            var count = Math.Min(JobBuilder.PieceTargets, targets.Count - start);
            var bytes = Serialize(job, targets, start, count);
            while (bytes.Length > JobBuilder.MaxBytes)
            {
                if (count == 1)
                    throw new RelayException($"{targets[start].Label}: the variables of this host are too large to be sent to relays; write them into a file at the host");
                count = (count + 1) / 2;
                bytes = Serialize(job, targets, start, count);
            }

            yield return (targets[start].Index, bytes);
            start += count;
        }
    }

    private static byte[] Serialize(Job job, IReadOnlyList<Target> targets, int start, int count)
    {
        var piece = new PieceTarget[count];
        for (var i = 0; i < count; i++)
            piece[i] = Create(job, targets[start + i]);
        return JsonSerializer.SerializeToUtf8Bytes(new TargetPiece(piece), WireJson.Default.TargetPiece);
    }

    private static PieceTarget Create(Job job, Target target) => new(target.Index, target.Host)
    {
        Label = target.Label,
        User = target.User,
        Port = target.Port,
        Address = target.Address,
        ProxyJump = target.ProxyJump,
        Variables = JobVariables.GetOpen(job, target),
    };
}
