using System.Buffers;
using System.Globalization;
using System.Security;
using Volley.Interop;
using Volley.Interop.Files;
using Volley.Interop.Text;

namespace Volley.Inventory.Expressions;

/// <summary>Reads host files and standard input: items separated by white space and commas, <c>#</c> starts a comment.</summary>
/// <param name="input">Standard input, which one operand can read.</param>
internal sealed class HostFiles(HostInput input)
{
    private const string ListCharacters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._-:[]/, \t\r";

    private static readonly SearchValues<char> InList = SearchValues.Create(ListCharacters);
    private static readonly SearchValues<char> Separators = SearchValues.Create(" \t\r,");
    private static readonly SearchValues<char> Operators = SearchValues.Create("!&^()*?");

    /// <summary>Returns expressions for the lines with hosts. Each line can have groups and operators, but no files.</summary>
    public IEnumerable<HostExpression> Read(HostFileOperand file, ExpressionSource source)
    {
        string name = file.Path ?? "standard input";
        TextReader? reader = null;
        try
        {
            reader = file.Path is null ? input.Take(source, file.Start) : Open(file, source);
            var lists = new LineBatch(name);
            for (int number = 1; ReadLine(reader, name, file, source) is { } line; number++)
            {
                int comment = line.IndexOf('#', StringComparison.Ordinal);
                string items = comment < 0 ? line : line[..comment];
                if (!items.AsSpan().ContainsAnyExcept(Separators))
                {
                    lists.AddBlank();
                    continue;
                }
                CheckBegin(items, line, name, number);
                bool isList = IsList(items);
                if (isList)
                    lists.Add(items, number);
                if (isList && !lists.IsFull)
                    continue;
                foreach (HostExpression list in lists.Take())
                    yield return list;
                if (!isList)
                    yield return HostExpression.ParseLine(items, Origin(name, number));
            }
            foreach (HostExpression list in lists.Take())
                yield return list;
        }
        finally
        {
            if (file.Path is not null)
                reader?.Dispose();
        }
    }

    /// <summary>Returns the origin of a line, for errors.</summary>
    public static string Origin(string name, int number) => string.Create(CultureInfo.InvariantCulture, $"{name} line {number}");

    /// <summary>Returns whether a line only names hosts, without groups, wildcards and operators.</summary>
    private static bool IsList(ReadOnlySpan<char> items) => !items.ContainsAnyExcept(InList)
        || (!items.ContainsAny(Operators) && !items.Contains("@@", StringComparison.Ordinal) && !HasGroup(items));

    private static bool HasGroup(ReadOnlySpan<char> items)
    {
        for (int i = 0; i < items.Length; i++)
        {
            if (items[i] == '@' && (i == 0 || char.IsWhiteSpace(items[i - 1]) || items[i - 1] == ','))
                return true;
        }
        return false;
    }

    private static void CheckBegin(string items, string line, string name, int number)
    {
        if (!items.AsSpan().ContainsAny('^', '-'))
            return;
        foreach (Range range in items.AsSpan().SplitAny(Separators))
        {
            ReadOnlySpan<char> item = items.AsSpan()[range];
            int start = range.Start.Value;
            if (item is ['^', ..])
            {
                throw new HostListException(
                    "a host file can't include another one; name both where the hosts are selected, as in ^a.txt,^b.txt", line, start)
                { Origin = Origin(name, number) };
            }
            if (item is ['-', ..])
                throw new HostListException("an item must not begin with '-'; exclude hosts with -x/--exclude", line, start) { Origin = Origin(name, number) };
        }
    }

    private static SystemTextReader Open(HostFileOperand file, ExpressionSource source)
    {
        try
        {
            // Checked here, because for a directory the system reports "access denied", which is misleading.
            return SystemFile.DirectoryExists(file.Path!)
                ? throw new IOException("it is a directory; name a file")
                : new SystemTextReader(SystemFile.OpenStream(file.Path!), RegularFile.MaxLength);
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
