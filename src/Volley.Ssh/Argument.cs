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

    /// <summary>Checks a value of an enumeration.</summary>
    public static T Defined<T>(T value, string name)
        where T : struct, Enum =>
        Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(name, value, $"not a value of {typeof(T).Name}");
}
