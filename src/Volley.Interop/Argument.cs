using System.Collections.Immutable;
using System.Globalization;

using Volley.Interop.Text;

namespace Volley.Interop;

/// <summary>The checks of values that callers pass to a library. Each returns the value, or throws with the name of the parameter or property.</summary>
internal static class Argument
{
    /// <summary>The largest multiple of a duration.</summary>
    public const double LargestMultiple = 1_000_000;

    /// <summary>The longest time of a timer: 49 days and 17 hours.</summary>
    public static readonly TimeSpan LongestTime = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    /// <summary>The longest argument and variable of a process: MAX_ARG_STRLEN of execve(2) without the terminating zero byte.</summary>
    public const int MaxArgumentBytes = (128 * 1024) - 1;

    /// <summary>Checks a reference.</summary>
    public static T NotNull<T>(T value, string name)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(value, name);
        return value;
    }

    /// <summary>Checks a text that goes to the system or to a host: not empty, and as <see cref="WithoutNul"/> checks it.</summary>
    public static string Text(string value, string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(value, name);
        return WithoutNul(value, name);
    }

    /// <summary>Checks a text that is not given if it is null.</summary>
    public static string? Optional(string? value, string name) => value is null ? null : Text(value, name);

    /// <summary>
    /// Checks a text that may be empty: without NUL, which ends a string in the system and the connection at some servers, and without an unpaired
    /// surrogate, which would arrive as another character.
    /// </summary>
    public static string WithoutNul(string value, string name)
    {
        ArgumentNullException.ThrowIfNull(value, name);
        if (value.Contains('\0', StringComparison.Ordinal))
            throw new ArgumentException("the text has a NUL", name);
        return SystemText.IsEncodable(value) ? value : throw new ArgumentException("the text has an unpaired surrogate, which is not a character", name);
    }

    /// <summary>Checks the arguments of a process: a program, then texts that may be empty.</summary>
    public static IReadOnlyList<string> Command(IReadOnlyList<string> values, string name)
    {
        ArgumentNullException.ThrowIfNull(values, name);
        if (values.Count == 0)
            throw new ArgumentException("there is no program", name);
        foreach (var value in values)
            _ = value is null ? throw new ArgumentException("an argument is null", name) : WithoutNul(value, name);
        return values;
    }

    /// <summary>Checks texts that may be empty.</summary>
    public static ImmutableArray<string> Texts(IEnumerable<string> values, string name)
    {
        ArgumentNullException.ThrowIfNull(values, name);
        ImmutableArray<string> all = values is ImmutableArray<string> array ? NotDefault(array, name) : [.. values];
        foreach (var value in all)
            _ = value is null ? throw new ArgumentException("an element is null", name) : WithoutNul(value, name);
        return all;
    }

    /// <summary>Checks texts none of which may be empty.</summary>
    public static ImmutableArray<string> Names(ImmutableArray<string> values, string name)
    {
        Texts(values, name);
        return values.Contains("") ? throw new ArgumentException("an element is empty", name) : values;
    }

    /// <summary>Checks that an array was created.</summary>
    public static ImmutableArray<T> NotDefault<T>(ImmutableArray<T> values, string name) =>
        values.IsDefault ? throw new ArgumentException("the array is default; use [] for none", name) : values;

    /// <summary>Checks a list none of whose elements may be null.</summary>
    public static IReadOnlyList<T> Elements<T>(IReadOnlyList<T> values, string name)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(values, name);
        if (values is ImmutableArray<T> array)
            NotDefault(array, name);
        return values.Contains(null!) ? throw new ArgumentException("an element is null", name) : values;
    }

    /// <summary>Checks a number of events per second, of which at least one comes within <see cref="LongestTime"/>.</summary>
    public static double Rate(double value, string name) =>
        double.IsFinite(value) && value >= 1 / LongestTime.TotalSeconds
            ? value
            : throw new ArgumentOutOfRangeException(name, value, "above zero, at least one in 49 days");

    /// <summary>Returns whether a shell can have a variable of this name.</summary>
    public static bool IsVariable(string name) =>
        name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(character => char.IsAsciiLetterOrDigit(character) || character == '_');

    /// <summary>Checks environment variables, which must also be short enough for a process.</summary>
    public static T Variables<T>(T values, string name)
        where T : class, IEnumerable<KeyValuePair<string, string>>
    {
        ArgumentNullException.ThrowIfNull(values, name);
        foreach (var (key, value) in values)
        {
            if (key.Length == 0 || key.AsSpan().ContainsAny('=', '\0'))
                throw new ArgumentException("the name of a variable is empty or has a '=' or a NUL", name);
            _ = value is null ? throw new ArgumentException("a value is null", name) : WithoutNul(value, name);
            var length = SystemText.GetByteCount(WithoutNul(key, name)) + 1 + SystemText.GetByteCount(value);
            if (length > MaxArgumentBytes)
            {
                throw new ArgumentException(
                    string.Create(CultureInfo.InvariantCulture,
                        $"the variable {key} has {length:N0} bytes, and no process takes more than {MaxArgumentBytes:N0}"), name);
            }
        }

        return values;
    }

    /// <summary>Checks a number that must be above zero if it is given.</summary>
    public static long? Positive(long? value, string name) =>
        value is null or > 0 ? value : throw new ArgumentOutOfRangeException(name, value, "above zero, or null");

    /// <summary>Checks a port that may be missing.</summary>
    public static int? Port(int? value, string name) => value is { } port ? Port(port, name) : null;

    /// <summary>Checks a port.</summary>
    /// <param name="value">The port.</param>
    /// <param name="name">The name of the parameter or property.</param>
    /// <param name="minimum">1; 0 for a port to listen on, where it stands for any.</param>
    public static int Port(int value, string name, int minimum = 1) =>
        value >= minimum && value <= ushort.MaxValue ? value : throw new ArgumentOutOfRangeException(name, value, $"a port is {minimum} to 65535");

    /// <summary>Checks a time limit: above zero and at most <see cref="LongestTime"/>, or infinite.</summary>
    public static TimeSpan Limit(TimeSpan value, string name) =>
        value > TimeSpan.Zero || value == Timeout.InfiniteTimeSpan
            ? Wait(value, name)
            : throw new ArgumentOutOfRangeException(name, value, "above zero, or infinite");

    /// <summary>Checks a multiple of a duration: above 1 and at most <see cref="LargestMultiple"/>, or null.</summary>
    public static double? Multiple(double? value, string name) =>
        value is null or (> 1 and <= LargestMultiple) ? value : throw new ArgumentOutOfRangeException(name, value, "above 1 and at most 1,000,000, or null");

    /// <summary>Checks a time to wait: not negative and at most <see cref="LongestTime"/>, or infinite.</summary>
    public static TimeSpan Wait(TimeSpan value, string name) =>
        value == Timeout.InfiniteTimeSpan ? value : Time(value, name);

    /// <summary>Checks a finite time: not negative and at most <see cref="LongestTime"/>.</summary>
    public static TimeSpan Time(TimeSpan value, string name)
    {
        if (value < TimeSpan.Zero)
            throw new ArgumentOutOfRangeException(name, value, "not negative");
        return value <= LongestTime ? value : throw new ArgumentOutOfRangeException(name, value, "at most 49 days, the limit of a timer");
    }

    /// <summary>Checks a value of an enumeration.</summary>
    public static T Defined<T>(T value, string name)
        where T : struct, Enum =>
        Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(name, value, $"not a value of {typeof(T).Name}");

    /// <summary>Checks a number that has a minimum.</summary>
    public static int AtLeast(int minimum, int value, string name) =>
        value >= minimum ? value : throw new ArgumentOutOfRangeException(name, value, $"at least {minimum}");
}
