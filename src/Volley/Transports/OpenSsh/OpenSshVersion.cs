using System.ComponentModel;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Volley.Transports.Processes;

namespace Volley.Transports.OpenSsh;

/// <summary>The version of an ssh program, which exits at an option that it does not know.</summary>
internal sealed partial record OpenSshVersion(int Major, int Minor)
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);

    public bool IsAtLeast(int major, int minor) => Major > major || (Major == major && Minor >= minor);

    /// <summary>Asks the program for its version, which it prints on standard error.</summary>
    /// <exception cref="TransportException">The program is missing, is not OpenSSH, or does not answer.</exception>
    public static async Task<OpenSshVersion> AskAsync(string program, CancellationToken cancellationToken)
    {
        try
        {
            var child = ChildProcess.Start([program, "-V"], ChildProcess.InheritedEnvironment(), pipeInput: false);
            await using var disposing = child.ConfigureAwait(false);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(AnswerLimit);
            var answer = await ReadAllAsync(child, limit.Token).ConfigureAwait(false);
            return Parse(answer) ?? throw Unusable(program, answer.Trim());
        }
        catch (Win32Exception failure) when (ResourceLimit.FindAdvice(failure) is not null)
        {
            throw ResourceLimit.NotStarted("ssh", failure);
        }
        catch (ChildStartException failure)
        {
            throw new TransportException(
                NodeOutcome.ConnectFailed, $"can't start ssh: {failure.Message}; install the OpenSSH client", failure);
        }
        catch (OperationCanceledException hang) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TransportException(NodeOutcome.ConnectFailed, $"'{program} -V' does not answer", hang);
        }
    }

    /// <summary>Parses a version such as <c>OpenSSH_9.2p1 Debian-2, OpenSSL 3.0.19</c>.</summary>
    public static OpenSshVersion? Parse(string text) => Pattern().Match(text) is { Success: true } match
        ? new OpenSshVersion(
            int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture),
            int.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture))
        : null;

    /// <summary>Returns the failure of a program that answered but can't be used. OpenSSH's ssh runs only for users with an account.</summary>
    private static TransportException Unusable(string program, string answer) => answer.StartsWith("No user exists for uid ", StringComparison.Ordinal)
        ? new(NodeOutcome.ConnectFailed, $"ssh: {answer}; add an account with that id to /etc/passwd") { Remedy = Remedy.UseNative }
        : new(NodeOutcome.ConnectFailed, $"'{program} -V' says \"{answer}\", which is not OpenSSH; put OpenSSH's ssh first on PATH");

    /// <summary>Returns the output of a child, by default standard output and standard error together.</summary>
    /// <param name="child">The child.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <param name="only">The only stream to read; null for both, in an undefined order.</param>
    internal static async Task<string> ReadAllAsync(ChildProcess child, CancellationToken cancellationToken, StreamKind? only = null)
    {
        var text = new MemoryStream();
        var buffer = new byte[4096];
        while (await child.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is { Count: > 0 } read)
        {
            if (only is null || read.Stream == only)
                text.Write(buffer, 0, read.Count);
        }

        return Encoding.UTF8.GetString(text.ToArray());
    }

    [GeneratedRegex(@"OpenSSH_(?:for_Windows_)?(\d{1,4})\.(\d{1,4})", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
