using System.Collections.Immutable;
using System.IO.Pipelines;
using NATS.Client.Core;
using NATS.Client.ObjectStore;
using NATS.Client.ObjectStore.Models;
using Volley.Relay.Wire;

namespace Volley.Relay.Jobs;

/// <summary>
/// The standard inputs and scripts of a job. The controller reads each once and stores it as an object; a relay reads each object once a round, into a
/// temporary file without a name, from which its targets read.
/// </summary>
internal sealed class JobInputs : IDisposable
{
    private readonly Dictionary<int, StandardInput> _inputs = [];

    private JobInputs()
    {
    }

    /// <summary>The inputs of a job that has none.</summary>
    public static JobInputs None { get; } = new();

    /// <summary>Returns the input of the command of a number.</summary>
    /// <exception cref="RefusedException">The job has no such input.</exception>
    public StandardInput Get(int command) => _inputs.TryGetValue(command, out var input)
        ? input
        : throw new RefusedException("it lacks the input of a command");

    /// <summary>Stores the inputs of a job. An input that can be read only once is read here; the job can't be run again then.</summary>
    /// <param name="server">The server.</param>
    /// <param name="run">The id of the run.</param>
    /// <param name="round">The number of the round.</param>
    /// <param name="job">The job.</param>
    /// <param name="cancellationToken">Ends the upload.</param>
    /// <returns>What the documents of the round say about the inputs.</returns>
    /// <exception cref="RelayException">An input can't be read or stored.</exception>
    public static async Task<ImmutableArray<WireInput>> StoreAsync(
        RelayServer server, string run, int round, Job job, CancellationToken cancellationToken)
    {
        var stored = ImmutableArray.CreateBuilder<WireInput>();
        INatsObjStore? store = null;
        foreach (var (number, command) in JsonJob.Commands(job).Index())
        {
            if (command.Input is not { } input)
                continue;
            try
            {
                store ??= await server.CreateInputsAsync(run, cancellationToken).ConfigureAwait(false);
                stored.Add(await StoreAsync(store, RelayNames.InputName(round, number), number, input, cancellationToken).ConfigureAwait(false));
            }
            catch (Exception failure) when (failure is NatsException or IOException)
            {
                throw new RelayException($"the standard input or the script can't be sent to the relays: {failure.Message}", failure);
            }
        }

        return stored.ToImmutable();
    }

    /// <summary>Reads the inputs of an accepted job.</summary>
    /// <exception cref="RefusedException">An object is missing, or is not what was signed.</exception>
    /// <exception cref="NatsException">The server does not answer.</exception>
    /// <exception cref="IOException">The temporary file can't be written.</exception>
    public static async Task<JobInputs> FetchAsync(NatsObjContext objects, JobDocument document, CancellationToken cancellationToken)
    {
        var inputs = new JobInputs();
        if (document.Inputs is [])
            return inputs;
        try
        {
            var store = await objects.GetObjectStoreAsync(RelayNames.RunBucket(document.Run), cancellationToken).ConfigureAwait(false);
            foreach (var input in document.Inputs)
            {
                inputs._inputs.Add(input.Command, await StandardInput.StoreAsync(async file =>
                {
                    await using var checkedFile = new HashingStream(file, input.Length);
                    await store.GetAsync(RelayNames.InputName(document.Round, input.Command), checkedFile, leaveOpen: true, cancellationToken).ConfigureAwait(false);
                    if (checkedFile.Count != input.Length || checkedFile.GetHash() != input.Sha256)
                        throw new RefusedException("the input of a command is not the one that was signed");
                }).ConfigureAwait(false));
            }

            return inputs;
        }
        catch (NatsObjNotFoundException missing)
        {
            inputs.Dispose();
            throw new RefusedException("the input of a command is not stored any more", missing);
        }
        catch
        {
            inputs.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var input in _inputs.Values)
            input.Dispose();
    }

    private static async Task<WireInput> StoreAsync(INatsObjStore store, string name, int number, StandardInput input, CancellationToken cancellationToken)
    {
        // The store reads a stream, and the input writes one. The pipe between them bounds what is in memory.
        var pipe = new Pipe();
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var hashed = new HashingStream(pipe.Writer.AsStream(leaveOpen: true), long.MaxValue);
        var copy = CopyAsync();
        try
        {
            await store.PutAsync(new ObjectMetadata { Name = name }, pipe.Reader.AsStream(), leaveOpen: false, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await failed.CancelAsync().ConfigureAwait(false);
            await copy.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await copy.ConfigureAwait(false);
        return new WireInput(number, hashed.Count, hashed.GetHash());

        async Task CopyAsync()
        {
            try
            {
                await input.CopyToAsync(hashed, failed.Token).ConfigureAwait(false);
                await hashed.FlushAsync(failed.Token).ConfigureAwait(false);
                await pipe.Writer.CompleteAsync().ConfigureAwait(false);
            }
            catch (Exception failure)
            {
                // The store gets it from its next read.
                await pipe.Writer.CompleteAsync(failure).ConfigureAwait(false);
                throw;
            }
        }
    }
}
