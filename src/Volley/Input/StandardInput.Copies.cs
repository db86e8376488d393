using Volley.Input;

namespace Volley;

/// <content>Inputs that are sent to another machine, and received there.</content>
public abstract partial class StandardInput
{
    /// <summary>Writes the whole input to a stream, as one target of a run would read it. That of a script is the script alone, without its arguments.</summary>
    /// <param name="destination">The stream.</param>
    /// <param name="cancellationToken">Ends the copy.</param>
    /// <returns>A task that completes when everything is written.</returns>
    /// <exception cref="ArgumentNullException">The stream is null.</exception>
    /// <exception cref="InvalidOperationException">An earlier run or copy has got the input, which can't be read again.</exception>
    /// <exception cref="IOException">The source can't be read, or the destination can't be written.</exception>
    /// <exception cref="ObjectDisposedException">The input was disposed.</exception>
    public async Task CopyToAsync(Stream destination, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(destination);
        BeginRun(1);
        var buffer = new byte[ChunkSize];
        using var reader = OpenReader();
        while (await reader.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is > 0 and var count)
            await destination.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Stores data in a temporary file without a name, which any number of runs can read. It is gone when the input is disposed.</summary>
    /// <param name="write">Writes the data to the stream that it gets.</param>
    /// <returns>The input.</returns>
    /// <exception cref="ArgumentNullException">The function is null.</exception>
    /// <exception cref="IOException">The file can't be created or written.</exception>
    public static async Task<StandardInput> StoreAsync(Func<Stream, Task> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        var file = UnlinkedFile.Create();
        try
        {
            await write(file).ConfigureAwait(false);
            return new FileInput(file);
        }
        catch
        {
            await file.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
