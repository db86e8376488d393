using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace Volley.Testing;

/// <summary>
/// Many hosts for a test: one real sshd that answers on every address of 127.0.0.0/8, with a user and keys of its own.
/// What starts and ends it is <c>tests/fleet</c>, the same script that the demo uses.
/// </summary>
public sealed partial class Fleet : IAsyncLifetime
{
    private const int AddressesPerPart = 250;

    private readonly string[] _sshdOptions;
    private readonly string? _server;
    private readonly Lock _stopLock = new();
    private readonly Lock _trustLock = new();
    private Dictionary<string, string> _settings = [];
    private bool _stopped;

    /// <summary>For xunit, which starts it: a class or assembly fixture with sshd's defaults, and <see cref="SpecialHosts"/>.</summary>
    public Fleet()
        : this([]) => _sshdOptions = [$"Include={SpecialHosts.Write(Folder)}"];

    private Fleet(string[] sshdOptions, string? server = null)
    {
        _sshdOptions = sshdOptions;
        _server = server;
        // A run that ends without its fixtures must not leave a user and a server behind.
        AppDomain.CurrentDomain.ProcessExit += StopAtExit;
    }

    /// <summary>The private directory of this fleet; tests can keep files there.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("volley-fleet-").FullName;

    /// <summary>The port on which every address answers.</summary>
    public int Port => int.Parse(_settings["FLEET_PORT"], CultureInfo.InvariantCulture);

    /// <summary>The only user who may log in: one of the fleet's own if the tests run as root, else the current one.</summary>
    public string User => _settings["FLEET_USER"];

    /// <summary>The user's private key; the public one lies beside it.</summary>
    public string KeyPath => _settings["FLEET_KEY"];

    /// <summary>A known_hosts file with the fleet's host keys, for its own port.</summary>
    public string KnownHosts => _settings["FLEET_KNOWN_HOSTS"];

    /// <summary>An ssh_config for <c>-F</c> that says all that is needed to reach any 127.* address.</summary>
    public string SshConfig => _settings["FLEET_SSH_CONFIG"];

    /// <summary>sshd's log, at level VERBOSE.</summary>
    public string ServerLog => Path.Combine(Folder, "sshd.log");

    /// <summary>The process that listens.</summary>
    public int ServerProcessId => int.Parse(_settings["FLEET_SSHD_PID"], CultureInfo.InvariantCulture);

    /// <summary>A fleet with special sshd_config(5) lines, each <c>KEYWORD=VALUE</c>; they win over the defaults.</summary>
    public static Task<Fleet> StartAsync(params string[] sshdOptions) => StartOnAsync(server: null, sshdOptions);

    /// <summary>A fleet whose logins go through a service of PAM, <c>/etc/pam.d/NAME</c>. sshd takes the name from its first argument.</summary>
    public static async Task<Fleet> StartWithPamAsync(string service, params string[] sshdOptions)
    {
        var server = Path.Combine(Directory.CreateTempSubdirectory("volley-pam-").FullName, "server");
        await File.WriteAllTextAsync(server, $"#!/bin/bash\nexec -a {service} \"$(PATH=$PATH:/usr/sbin command -v sshd)\" \"$@\"\n").ConfigureAwait(false);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(server, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        try
        {
            return await StartOnAsync(server, ["UsePAM=yes", "KbdInteractiveAuthentication=yes", .. sshdOptions]).ConfigureAwait(false);
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(server)!, recursive: true);
        }
    }

    private static async Task<Fleet> StartOnAsync(string? server, string[] sshdOptions)
    {
        var fleet = new Fleet(sshdOptions, server);
        try
        {
            await fleet.InitializeAsync().ConfigureAwait(false);
            return fleet;
        }
        catch
        {
            await fleet.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The address of host n: 127.0.1.1 for 0, 127.0.2.1 for 250, 127.1.1.1 for 62,500.</summary>
    public static string Address(int n)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(n);
        var (part, last) = Math.DivRem(n, AddressesPerPart);
        return $"127.{part / AddressesPerPart}.{1 + (part % AddressesPerPart)}.{1 + last}";
    }

    /// <summary>The addresses of the first hosts.</summary>
    public static IReadOnlyList<string> Addresses(int count) => [.. Enumerable.Range(0, count).Select(Address)];

    /// <summary>Makes the fleet's host keys known for one more port, that of a proxy in front of it.</summary>
    public void TrustPort(int port)
    {
        // Two that append at once would write over each other.
        lock (_trustLock)
        {
            File.AppendAllLines(KnownHosts,
                File.ReadAllLines(KnownHosts)
                    .Where(line => line.StartsWith($"[127.*]:{Port} ", StringComparison.Ordinal))
                    .Select(line => $"[127.*]:{port} {line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..]}")
                    .ToArray());
        }
    }

    /// <summary>Living processes of the fleet's user whose command line contains a text: what a run left behind.</summary>
    public IReadOnlyList<ProcessEntry> RemoteProcesses(string marker)
    {
        var user = UserId();
        return [.. Processes.WithCommandLine(marker).Where(process => process.UserId == user && IsRemote(process.Id))];
    }

    /// <summary>Waits until no such process is left; returns those that outlived the limit.</summary>
    public async Task<IReadOnlyList<ProcessEntry>> RemoteProcessesAfterAsync(string marker, TimeSpan limit)
    {
        var clock = Stopwatch.StartNew();
        while (RemoteProcesses(marker) is { Count: > 0 } left)
        {
            var rest = limit - clock.Elapsed;
            if (rest <= TimeSpan.Zero || !await Processes.WaitForEndAsync(left[0].Id, rest).ConfigureAwait(false))
                return RemoteProcesses(marker);
        }
        return [];
    }

    public async ValueTask InitializeAsync()
    {
        var (code, output, error) = await ScriptAsync(["start", Folder, .. _sshdOptions], _server).ConfigureAwait(false);
        if (code != 0)
            throw new InvalidOperationException($"the fleet does not start: {error.Trim()}");
        _settings = output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split('=', 2))
            .ToDictionary(parts => parts[0], parts => parts[1]);
    }

    public async ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= StopAtExit;
        await Task.Run(Stop).ConfigureAwait(false);
    }

    private void StopAtExit(object? sender, EventArgs e) => Stop();

    /// <summary>Synchronous, because nothing waits for a task while the process exits.</summary>
    private void Stop()
    {
        lock (_stopLock)
        {
            if (_stopped)
                return;
            _stopped = true;
            using var script = Process.Start(Script(["stop", Folder]))!;
            var error = script.StandardError.ReadToEnd();
            script.WaitForExit();
            if (script.ExitCode != 0)
                throw new InvalidOperationException($"the fleet in {Folder} does not stop: {error.Trim()}");
            Directory.Delete(Folder, recursive: true);
        }
    }

    /// <summary>Where the user is also the one who runs the tests, only sshd's variable tells remote processes from local ones.</summary>
    private bool IsRemote(int processId)
    {
        if (User != Environment.UserName)
            return true;
        try
        {
            return File.ReadAllText($"/proc/{processId}/environ").Split('\0')
                .Any(line => line.StartsWith("SSH_CONNECTION=", StringComparison.Ordinal) && line.EndsWith($" {Port}", StringComparison.Ordinal));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private int UserId()
    {
        var line = File.ReadLines("/etc/passwd").FirstOrDefault(line => line.StartsWith(User + ":", StringComparison.Ordinal));
        return line is not null
            ? int.Parse(line.Split(':')[2], CultureInfo.InvariantCulture)
            // A user from a directory service: it is the current one, for the fleet's own stands in the file.
            : Processes.Find(Environment.ProcessId)!.UserId;
    }

    private static async Task<(int Code, string Output, string Error)> ScriptAsync(IReadOnlyList<string> arguments, string? server)
    {
        var start = Script(arguments);
        if (server is not null)
            start.Environment["FLEET_SSHD"] = server;
        using var script = Process.Start(start)!;
        var error = script.StandardError.ReadToEndAsync();
        var output = await script.StandardOutput.ReadToEndAsync().ConfigureAwait(false);
        await script.WaitForExitAsync().ConfigureAwait(false);
        return (script.ExitCode, output, await error.ConfigureAwait(false));
    }

    private static ProcessStartInfo Script(IReadOnlyList<string> arguments) =>
        new(Path.Combine(Repository.Root, "tests", "fleet"), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
}
