namespace Volley.Transports;

/// <summary>Checks what a transport of the application returns.</summary>
internal static class Returned
{
    /// <summary>Returns the session or process that a transport has returned.</summary>
    /// <param name="value">The returned value.</param>
    /// <param name="from">The object whose method returned it.</param>
    /// <param name="method">The name of the method.</param>
    /// <exception cref="InvalidOperationException">It is null. The message names the class of the application.</exception>
    public static T NotNull<T>(T? value, object from, string method)
        where T : class =>
        value ?? throw new InvalidOperationException($"{from.GetType().FullName}.{method} returned null");
}
