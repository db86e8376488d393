using System.Buffers;
using System.Globalization;
using System.Security;
using Volley.Interop;
using Volley.Interop.Text;

namespace Volley.Inventory.Expressions;

/// <summary>Reads host files and standard input: items separated by white space and commas, <c>#</c> starts a comment.</summary>
/// <param name="input">Standard input, which one operand can read.</param>
internal sealed class HostFiles(HostInput input)
{
    // Lines are parsed together, which saves a parser for each of them.
    private const int MaxBatch = 1000;

    private static readonly SearchValues<char> Operators = SearchValues.Create("!&^()*?");

    /// <summary>Returns expressions for the lines with hosts. Each line can have groups and operators, but no files.</summary>
    public IEnumerable<HostExpression> Read(HostFileOperand file, ExpressionSource source)
    {
        var batch = new List<(string Items, string Origin)>();
        foreach ((string items, string origin) in ReadLines(file, source))
        {
            bool isList = !items.AsSpan().ContainsAny(Operators) && !items.Contains("@@", StringComparison.Ordinal) && !HasGroup(items);
            if (isList)
                batch.Add((items, origin));
            if (batch.Count > 0 && (!isList || batch.Count == MaxBatch))
            {
                foreach (HostExpression list in Parse(batch))
                    yield return list;
                batch.Clear();
            }
            if (!isList)
                yield return HostExpression.ParseLine(items, origin);
        }
        foreach (HostExpression list in Parse(batch))
            yield return list;
    }

    private static bool HasGroup(string items)
    {
        int at = items.IndexOf('@', StringComparison.Ordinal);
        while (at > 0 && !char.IsWhiteSpace(items[at - 1]) && items[at - 1] != ',')
            at = items.IndexOf('@', at + 1);
        return at >= 0;
    }

    private static List<HostExpression> Parse(List<(string Items, string Origin)> batch)
    {
        if (batch.Count == 0)
            return [];
        try
        {
            return [HostExpression.ParseLine(string.Join(' ', batch.Select(line => line.Items)), batch[0].Origin)];
        }
        catch (HostListException)
        {
            // Each line by itself, so that the error states its line.
            return [.. batch.Select(line => HostExpression.ParseLine(line.Items, line.Origin))];
        }
    }

    private IEnumerable<(string Items, string Origin)> ReadLines(HostFileOperand file, ExpressionSource source)
    {
        string name = file.Path ?? "standard input";
        TextReader? reader = null;
        try
        {
            reader = file.Path is null ? input.Take(source, file.Start) : Open(file, source);
            for (int number = 1; ReadLine(reader, name, file, source) is { } line; number++)
            {
                int comment = line.IndexOf('#', StringComparison.Ordinal);
                string items = comment < 0 ? line : line[..comment];
                if (!items.AsSpan().ContainsAnyExcept(" \t\r,"))
                    continue;
                string origin = string.Create(CultureInfo.InvariantCulture, $"{name} line {number}");
                CheckBegin(items, line, origin);
                yield return (items, origin);
            }
        }
        finally
        {
            if (file.Path is not null)
                reader?.Dispose();
        }
    }

    private static void CheckBegin(string items, string line, string origin)
    {
        foreach (Range range in items.AsSpan().SplitAny(' ', '\t', '\r', ','))
        {
            ReadOnlySpan<char> item = items.AsSpan()[range];
            int start = range.Start.Value;
            if (item is ['^', ..])
            {
                throw new HostListException(
                    "a host file can't include another one; name both where the hosts are selected, as in ^a.txt,^b.txt", line, start)
                { Origin = origin };
            }
            if (item is ['-', ..])
                throw new HostListException("an item must not begin with '-'; exclude hosts with -x/--exclude", line, start) { Origin = origin };
        }
    }

    private static SystemTextReader Open(HostFileOperand file, ExpressionSource source)
    {
        try
        {
            // Checked here, because for a directory the system reports "access denied", which is misleading.
            return SystemFile.DirectoryExists(file.Path!)
                ? throw new IOException("it is a directory; name a file")
                : new SystemTextReader(SystemFile.OpenStream(file.Path!));
        }
        catch (Exception failure) when (IsFileFailure(failure))
        {
            throw Unreadable(failure, file.Path!, file, source);
        }
    }

    private static string? ReadLine(TextReader reader, string name, HostFileOperand file, ExpressionSource source)
    {
        try
        {
            return reader.ReadLine();
        }
        catch (Exception failure) when (IsFileFailure(failure))
        {
            throw Unreadable(failure, name, file, source);
        }
    }

    private static HostListException Unreadable(Exception failure, string name, HostFileOperand file, ExpressionSource source) =>
        new($"can't read {name}: {SystemMessage.Of(failure)}", source.Text, file.Start, failure) { Origin = source.Origin };

    private static bool IsFileFailure(Exception failure) => failure is IOException or UnauthorizedAccessException or SecurityException
        or NotSupportedException or ArgumentException or ObjectDisposedException;
}
