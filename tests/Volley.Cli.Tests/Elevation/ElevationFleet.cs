using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Elevation;

/// <summary>A fleet whose user has a password and may become another user as a test says. Only root can arrange that.</summary>
public sealed class ElevationFleet : IAsyncLifetime
{
    public const string Password = "corr3ct 'horse\"$8";

    private Fleet? _fleet;

    public Fleet Fleet => _fleet!;

    public string User => Fleet.User;

    /// <summary>The log of sudo, with a line for each attempt.</summary>
    public string Log => Path.Combine(Fleet.Folder, "sudo.log");

    public string PasswordFile { get; private set; } = "";

    public string WrongFile { get; private set; } = "";

    private string Sudoers => $"/etc/sudoers.d/{User}";

    public async ValueTask InitializeAsync()
    {
        if (Environment.UserName != "root")
            return;
        _fleet = await Fleet.StartAsync();
        var hash = await ProgramRun.RunAsync(new ProgramStart("openssl", "passwd", "-6", "-stdin").WithInput(Password + "\n"));
        Assert.Equal(0, (await ProgramRun.RunAsync(new ProgramStart("/usr/sbin/usermod", "-p", hash.Stdout.Trim(), User))).ExitCode);
        PasswordFile = Write("password", Password);
        WrongFile = Write("wrong", "not the password");
    }

    /// <summary>Sets what the user may do. Without lines the user is not in sudoers.</summary>
    public void Allow(params string[] lines)
    {
        Assert.SkipUnless(_fleet is not null, "only root can change sudoers");
        File.Delete(Log);
        // sudo ignores a file whose name has a dot, so that it never reads a part of one.
        var temporary = $"{Sudoers}.new";
        File.WriteAllLines(temporary, [$"Defaults:{User} logfile={Log}, !syslog", .. lines.Select(line => line.Replace("USER", User, StringComparison.Ordinal))]);
        File.SetUnixFileMode(temporary, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        File.Move(temporary, Sudoers, overwrite: true);
    }

    /// <summary>A run at hosts of the fleet.</summary>
    public ProgramStart Start(string hosts, params IReadOnlyList<string> arguments) => VolleyRun.Start(["-F", Fleet.SshConfig, "-H", hosts, .. arguments]);

    public Task<ProgramResult> RunAsync(string hosts, params IReadOnlyList<string> arguments) =>
        ProgramRun.RunAsync(Start(hosts, arguments), TimeSpan.FromSeconds(60));

    /// <summary>The lines of the log, of which sudo folds the long ones.</summary>
    public int CountInLog(string text) => File.Exists(Log)
        ? File.ReadAllText(Log).Split(text).Length - 1
        : 0;

    public string Write(string name, string content)
    {
        var path = Path.Combine(Fleet.Folder, name);
        File.WriteAllText(path, content + "\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }

    public async ValueTask DisposeAsync()
    {
        if (_fleet is null)
            return;
        File.Delete(Sudoers);
        await _fleet.DisposeAsync();
    }
}
