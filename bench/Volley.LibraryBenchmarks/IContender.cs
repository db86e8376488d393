namespace Volley.LibraryBenchmarks;

/// <summary>A library that is measured. Each command must print <see cref="Setup.Answer"/>.</summary>
internal interface IContender : IAsyncDisposable
{
    /// <summary>Connects to each host anew, runs a command there and closes the connection.</summary>
    Task ConnectToAllAsync();

    /// <summary>Runs the command many times on one connection, which stays open between calls.</summary>
    Task RunCommandsAsync();
}
