using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Volley.Interop.Text;

namespace Volley.Transports.OpenSsh.Prompts;

/// <summary>The askpass program of <see cref="Volley.OpenSsh.TryAnswerPrompt"/>.</summary>
internal static class Askpass
{
    /// <summary>The variable with the path of the socket that answers.</summary>
    internal const string Variable = "VOLLEY_ASKPASS";

    private const int LongestAnswer = 4096;

    private static volatile bool _isRegistered;

    /// <summary>
    /// Whether the program answers prompts: it has called <see cref="Volley.OpenSsh.TryAnswerPrompt"/> with its arguments. Otherwise ssh must not start it,
    /// because it would do all its work again, with ssh as its parent.
    /// </summary>
    public static bool IsRegistered => _isRegistered;

    /// <summary>Records that the program answers prompts, if these are the arguments that it got.</summary>
    public static void Register(IReadOnlyList<string> arguments)
    {
        var own = Environment.GetCommandLineArgs()[1..];
        if (arguments.SequenceEqual(own) || arguments.SequenceEqual(SystemEnvironment.Arguments(own)))
            _isRegistered = true;
    }

    /// <summary>
    /// Returns the prompt if ssh started this program to get an answer; else null. It is in the arguments of the process, whatever its Main makes of them.
    /// </summary>
    public static string? FindPrompt() =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } && Environment.GetCommandLineArgs() is [_, var prompt] ? prompt : null;

    /// <summary>Requests the answer and prints it.</summary>
    /// <param name="prompt">ssh's prompt.</param>
    /// <returns>The exit code: 0, or 1 if there is no answer to the prompt.</returns>
    public static int Answer(string prompt)
    {
        var answer = GC.AllocateUninitializedArray<byte>(LongestAnswer, pinned: true);
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            socket.Connect(new UnixDomainSocketEndPoint(Environment.GetEnvironmentVariable(Variable)!));
            socket.Send(Encoding.UTF8.GetBytes(prompt));
            socket.Shutdown(SocketShutdown.Send);
            var length = 0;
            // Leaves one byte for the newline.
            while (length < answer.Length - 1 && socket.Receive(answer.AsSpan(length..^1)) is > 0 and var count)
                length += count;
            if (length == 0)
                return 1;
            answer[length++] = (byte)'\n';
            using var output = new FileStream(new Microsoft.Win32.SafeHandles.SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
            output.Write(answer, 0, length);
            return 0;
        }
        catch (Exception gone) when (gone is SocketException or IOException or ArgumentException)
        {
            return 1;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(answer);
        }
    }
}
