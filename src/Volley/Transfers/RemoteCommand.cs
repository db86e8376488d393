using System.Text;
using Volley.Interop.Text;
using Volley.Scripts;
using Volley.Transports;

namespace Volley.Transfers;

/// <summary>Runs small programs at a target, such as sha256sum, for a transfer.</summary>
internal static class RemoteCommand
{
    private const int MaxOutput = 16 << 20;
    private const int BufferLength = 32 << 10;

    /// <summary>Runs a program to its end.</summary>
    /// <param name="session">The session.</param>
    /// <param name="command">The program, with an input if data is sent to it.</param>
    /// <param name="input">The data for its standard input.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <param name="rates">The limits of the rate of its input and output.</param>
    /// <returns>The exit status and the output.</returns>
    /// <exception cref="TransportException">The program can't be started, or the connection is lost.</exception>
    /// <exception cref="IOException">The program prints too much.</exception>
    public static async Task<(ExitStatus Status, string Output, string Error)> RunAsync(
        ISession session, CommandJob command, IEnumerable<ReadOnlyMemory<byte>>? input, CancellationToken cancellationToken,
        IReadOnlyList<RateLimit>? rates = null)
    {
        var (status, output, error) = await ReadAsync(session, command, input, cancellationToken, rates).ConfigureAwait(false);
        return (status, SystemText.Decode(output), error);
    }

    /// <summary>Runs a program whose output need not be text.</summary>
    /// <inheritdoc cref="RunAsync"/>
    public static async Task<(ExitStatus Status, byte[] Output, string Error)> ReadAsync(
        ISession session, CommandJob command, IEnumerable<ReadOnlyMemory<byte>>? input, CancellationToken cancellationToken,
        IReadOnlyList<RateLimit>? rates = null) => await ReadAsync(
            Returned.NotNull(await session.StartAsync(command, cancellationToken).ConfigureAwait(false), session, nameof(ISession.StartAsync)),
            command,
            input,
            rates ?? [],
            cancellationToken).ConfigureAwait(false);

    /// <summary>Runs a command of the user, with the variables that it has at a target.</summary>
    /// <inheritdoc cref="RunAsync"/>
    public static async Task<(ExitStatus Status, string Error)> RunAtAsync(ISession session, CommandJob command, Target target, CancellationToken cancellationToken)
    {
        var process = await HostCommand.StartAsync(session, command, target, cancellationToken).ConfigureAwait(false);
        var (status, _, error) = await ReadAsync(process, command, input: null, [], cancellationToken).ConfigureAwait(false);
        return (status, error);
    }

    private static async Task<(ExitStatus Status, byte[] Output, string Error)> ReadAsync(
        IRemoteProcess process, CommandJob command, IEnumerable<ReadOnlyMemory<byte>>? input, IReadOnlyList<RateLimit> rates, CancellationToken cancellationToken)
    {
        await using var disposing = process.ConfigureAwait(false);
        var writing = input is null ? Task.CompletedTask : WriteAsync(process, input, rates, cancellationToken);
        using var output = new MemoryStream();
        using var error = new MemoryStream();
        var buffer = new byte[rates.Select(rate => rate.PartLength).DefaultIfEmpty(BufferLength).Min()];
        while (await process.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is { Count: > 0 } read)
        {
            var stream = read.Stream == StreamKind.Stdout ? output : error;
            if (stream.Length + read.Count > MaxOutput)
                throw new IOException($"{command.Arguments[0]} prints more than expected");
            stream.Write(buffer, 0, read.Count);
            await WaitAsync(rates, read.Count, cancellationToken).ConfigureAwait(false);
        }

        await writing.ConfigureAwait(false);
        var status = await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        return (status, output.ToArray(), Encoding.UTF8.GetString(error.ToArray()).Trim());
    }

    private static async Task WriteAsync(
        IRemoteProcess process, IEnumerable<ReadOnlyMemory<byte>> input, IReadOnlyList<RateLimit> rates, CancellationToken cancellationToken)
    {
        foreach (var data in input)
        {
            await WaitAsync(rates, data.Length, cancellationToken).ConfigureAwait(false);
            if (!await process.WriteAsync(data, cancellationToken).ConfigureAwait(false))
                break;
        }

        process.CloseInput();
    }

    private static async ValueTask WaitAsync(IReadOnlyList<RateLimit> rates, int count, CancellationToken cancellationToken)
    {
        foreach (var rate in rates)
            await rate.WaitAsync(count, cancellationToken).ConfigureAwait(false);
    }
}
