namespace Volley.Ssh;

/// <summary>The checks of values that callers pass in. Each returns the value, or throws with the name of the parameter or property.</summary>
internal static class Argument
{
    /// <summary>Checks a number that may be zero.</summary>
    public static int NotNegative(int value, string name)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value, name);
        return value;
    }

    /// <summary>Checks a text that goes to a server: not empty, and without NUL, which ends a string there.</summary>
    public static string Text(string value, string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(value, name);
        return WithoutNul(value, name);
    }

    /// <summary>Checks a text that may be empty. A server ends the connection for a NUL in it.</summary>
    public static string WithoutNul(string value, string name)
    {
        ArgumentNullException.ThrowIfNull(value, name);
        return value.Contains('\0', StringComparison.Ordinal) ? throw new ArgumentException("the text has a NUL", name) : value;
    }

    /// <summary>Checks variables of an environment.</summary>
    public static IReadOnlyDictionary<string, string>? Variables(IReadOnlyDictionary<string, string>? values, string name)
    {
        foreach (var (variable, value) in values ?? System.Collections.ObjectModel.ReadOnlyDictionary<string, string>.Empty)
        {
            if (variable.Length == 0 || variable.Contains('=', StringComparison.Ordinal))
                throw new ArgumentException($"'{variable}' is no name of a variable", name);
            WithoutNul(variable, name);
            WithoutNul(value, name);
        }
        return values;
    }

    /// <summary>Checks a time that is zero, positive or infinite.</summary>
    public static TimeSpan Wait(TimeSpan value, string name)
    {
        if (value != Timeout.InfiniteTimeSpan)
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero, name);
        return value;
    }

    /// <summary>Checks a reference.</summary>
    public static T NotNull<T>(T value, string name)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(value, name);
        return value;
    }

    /// <summary>Checks a value of an enumeration.</summary>
    public static T Defined<T>(T value, string name)
        where T : struct, Enum =>
        Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(name, value, $"not a value of {typeof(T).Name}");
}
