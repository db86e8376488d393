using Volley.Interop.Files;
using Volley.Relay;

namespace Volley.Cli.Relays.Local;

/// <summary>
/// The server and the relays that are started on this machine for a run. They are children of a process of this program, which ends them when its
/// standard input ends: also after this process was killed.
/// </summary>
internal sealed class LocalRelays : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(40);

    private readonly ChildProgram _host;

    private LocalRelays(ChildProgram host, RelayServerOptions server, string signingKey) => (_host, Server, SigningKey) = (host, server, signingKey);

    /// <summary>The server, with its credentials.</summary>
    public RelayServerOptions Server { get; }

    /// <summary>The file of the key that signs jobs for these relays.</summary>
    public string SigningKey { get; }

    /// <summary>Starts them, and waits until they are ready.</summary>
    /// <param name="relays">Their number, and how they connect to hosts.</param>
    /// <exception cref="RelayException">They can't be started.</exception>
    public static async Task<LocalRelays> StartAsync(RelaySettings relays)
    {
        var program = LocalFiles.FindServer();
        PrivateDirectory.Create(PrivateDirectory.Temporary, "ask its owner to remove it");
        var files = new LocalFiles(Path.Combine(PrivateDirectory.Temporary, $"relays-{LocalFiles.CreateSecret()[..12]}"));
        var host = ChildProgram.Start(
            "the program of the local relays",
            [Environment.ProcessPath!, LocalRelayHost.Verb, program, files.Folder, FormattableString.Invariant($"{relays.LocalCount}"), .. relays.LocalArguments],
            line => line.StartsWith(LocalRelayHost.Ready, StringComparison.Ordinal) ? line[LocalRelayHost.Ready.Length..] : null);
        try
        {
            var url = await host.WaitUntilReadyAsync(StartLimit);
            var server = new RelayServerOptions
            {
                Urls = [url],
                User = LocalFiles.User,
                Password = File.ReadAllText(files.Password),
                IsInsecure = true,
                UsesMemory = true,
            };
            return new(host, server, files.SigningKey);
        }
        catch
        {
            await EndAsync(host);
            throw;
        }
    }

    public ValueTask DisposeAsync() => EndAsync(_host);

    private static async ValueTask EndAsync(ChildProgram host)
    {
        // It ends its children and removes the files, for which it needs a moment.
        host.CloseInput();
        await Task.WhenAny(host.Ended, Task.Delay(EndLimit));
        await host.DisposeAsync();
    }
}
