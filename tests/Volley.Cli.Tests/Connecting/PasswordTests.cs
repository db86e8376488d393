using System.Text;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Connecting;

/// <summary>A fleet whose user has a password, where the tests may give one to a user.</summary>
public sealed class PasswordFleet : IAsyncLifetime
{
    public const string Password = "corr3ct horse'\"$7";

    /// <summary>Null where only another user than root runs the tests.</summary>
    public Fleet? Fleet { get; private set; }

    public async ValueTask InitializeAsync()
    {
        if (Environment.UserName != "root")
            return;
        Fleet = await Fleet.StartAsync("PasswordAuthentication=yes");
        var hash = await ProgramRun.RunAsync(new ProgramStart("openssl", "passwd", "-6", "-stdin").WithInput(Password + "\n"));
        Assert.Equal(0, hash.ExitCode);
        Assert.Equal(0, (await ProgramRun.RunAsync(new ProgramStart("/usr/sbin/usermod", "-p", hash.Stdout.Trim(), Fleet.User))).ExitCode);
    }

    public ValueTask DisposeAsync() => Fleet?.DisposeAsync() ?? ValueTask.CompletedTask;
}

/// <summary>--password: asked once on the terminal, given to the servers that ask for it, and to be found nowhere.</summary>
public sealed class PasswordTests(PasswordFleet shared) : PasswordScene(shared)
{
    private const string Password = PasswordFleet.Password;

    [Theory]
    [InlineData("auto")]
    [InlineData("openssh")]
    public async Task TheRightOneOpensEveryHost(string transport)
    {
        await using var program = Start("127.0.12.[1-20]", "--transport", transport, "-N", "echo in");
        await TypeAsync(program, Password);
        Assert.Equal(0, await program.WaitForExitAsync(TimeSpan.FromSeconds(60)));
        Assert.Equal("Password: \r\n" + string.Concat(Enumerable.Repeat("in\r\n", 20)), program.Transcript);
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("openssh")]
    public async Task AWrongOneIsTriedOnceAndFails(string transport)
    {
        await using var program = Start("127.0.12.21", "--transport", transport, "--retries", "3", "echo in");
        await TypeAsync(program, "wrong");
        Assert.Equal(255, await program.WaitForExitAsync());
        Assert.Contains("authentication failed\e[0m: \e[36m127.0.12.21\e[0m", program.Transcript, StringComparison.Ordinal);
        Assert.Single(FailedPasswords());
    }

    [Fact]
    public async Task AWrongOneIsNotTriedAgainByTheSshThatTakesOver()
    {
        // A key that native can't use makes it leave a host that refuses to ssh.
        var key = _folder["foreign"];
        Assert.Equal(0, (await ProgramRun.RunAsync(new ProgramStart("ssh-keygen", "-q", "-t", "dsa", "-N", "", "-f", key))).ExitCode);
        var config = new FleetConfig(_fleet) { Identity = key, Lines = ["PubkeyAcceptedAlgorithms +ssh-dss"] }.Write();
        await using var program = PtyProgram.Start(_runs.Start("-F", config, "-H", "127.0.12.31", "--password", "-v", "echo in"));
        await TypeAsync(program, "wrong");
        Assert.Equal(255, await program.WaitForExitAsync());
        Assert.Contains("transport openssh: ", program.Transcript, StringComparison.Ordinal);
        Assert.Single(FailedPasswords());
    }

    [Theory]
    [InlineData("native")]
    [InlineData("openssh")]
    public async Task TwoNamesOfOneHostAreOneLogin(string transport)
    {
        var config = new FleetConfig(_fleet) { Identity = null, Lines = ["Host one two three\nHostName 127.0.12.32\nHost *"] }.Write();
        await using (var program = PtyProgram.Start(_runs.Start("-F", config, "-H", "one,two,three", "--transport", transport, "--password", "-N", "--output", "stream", "echo in")))
        {
            await TypeAsync(program, "wrong");
            Assert.Equal(255, await program.WaitForExitAsync());
        }

        Assert.Single(FailedPasswords());
        await using var right = PtyProgram.Start(_runs.Start("-F", config, "-H", "one,two,three", "--transport", transport, "--password", "-N", "--output", "stream", "echo in"));
        await TypeAsync(right, Password);
        Assert.Equal(0, await right.WaitForExitAsync());
        Assert.EndsWith("in\r\nin\r\nin\r\n", right.Transcript, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("native")]
    [InlineData("openssh")]
    public async Task AHostWithAChangedKeyGetsNone(string transport)
    {
        var known = _folder.Write("changed", $"[127.0.12.33]:{_fleet.Port} {string.Join(' ', File.ReadAllText(_fleet.KeyPath + ".pub").Split(' ')[..2])}\n");
        var config = new FleetConfig(_fleet) { Identity = null, KnownHosts = known, Lines = ["StrictHostKeyChecking no"] }.Write();
        await using var program = PtyProgram.Start(_runs.Start("-F", config, "-H", "127.0.12.33", "--transport", transport, "--password", "-q", "true"));
        await TypeAsync(program, Password);
        Assert.Equal(255, await program.WaitForExitAsync());
        Assert.Contains("volley: 127.0.12.33: the host key differs from the known one; ", program.Transcript, StringComparison.Ordinal);
        Assert.Contains("authentication failed", program.Transcript, StringComparison.Ordinal);
        Assert.DoesNotContain(ServerLog, line => line.Contains(" password for ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task WithoutItNobodyIsAsked()
    {
        await using var program = PtyProgram.Start(_runs.Start(
            "-F", new FleetConfig(_fleet) { Identity = null }.Write(), "-H", "127.0.12.22", "true"));
        Assert.Equal(255, await program.WaitForExitAsync());
        Assert.DoesNotContain("assword:", program.Transcript, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AKeyGoesBeforeIt()
    {
        await using var program = PtyProgram.Start(_runs.Start("-F", _fleet.SshConfig, "-H", "127.0.12.23", "--password", "-v", "true"));
        await TypeAsync(program, "wrong");
        Assert.Equal(0, await program.WaitForExitAsync());
        Assert.Equal(["publickey"], LoginMethods());
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("openssh")]
    public async Task AnEncryptedKeyDoesNotGetIt(string transport)
    {
        // ssh would offer the password as its passphrase, and the key would answer for it.
        var key = _folder["encrypted"];
        await SshKeygen.GenerateAsync(key);
        await SshKeygen.EncryptAsync(key, Password);
        File.AppendAllText(Path.Combine(_fleet.Folder, "authorized_keys"), File.ReadAllText(key + ".pub"));
        File.Delete(key + ".pub");
        await using var program = PtyProgram.Start(_runs.Start(
            "-F", new FleetConfig(_fleet) { Identity = key }.Write(), "-H", "127.0.12.24", "--transport", transport, "--password", "echo in"));
        await TypeAsync(program, Password);
        if (transport == "auto")
        {
            // A question of its own, which may stay without an answer.
            await program.ReadUntilAsync($"Enter passphrase for key '{key}': ");
            program.Type("\r");
        }

        Assert.Equal(0, await program.WaitForExitAsync());
        Assert.Equal(["password"], LoginMethods());
    }

    [Fact]
    public async Task StandardInputStaysFree()
    {
        await using var program = PtyProgram.Start(new ProgramStart(
            "/bin/sh", ["-c", "echo text | \"$0\" \"$@\"", .. Words("127.0.12.25", "-N", "--stdin", "cat")])
        { Environment = _runs.Start().Environment });
        await TypeAsync(program, Password);
        Assert.Equal(0, await program.WaitForExitAsync());
        Assert.Equal("Password: \r\ntext\r\n", program.Transcript);
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("openssh")]
    public async Task NobodyElseSeesIt(string transport)
    {
        // The server is held up before it answers, so there is time to look around.
        await using var program = Start("127.0.12.26", "--transport", transport, "-vv", "echo in; exec sleep 600");
        await program.ReadUntilAsync("Password: ");
        program.Type(Password + "\r");
        await program.ReadUntilAsync("in\r\n");
        foreach (var process in Processes.Living())
        {
            foreach (var file in new[] { "cmdline", "environ" })
                Assert.DoesNotContain(Password, Read($"/proc/{process.Id}/{file}"), StringComparison.Ordinal);
        }

        // The socket of a login is gone with it.
        Assert.DoesNotContain(Directory.EnumerateFiles(_runs.Sockets), file => Path.GetFileName(file).StartsWith("ask", StringComparison.Ordinal));
        program.Signal(15);
        Assert.Equal(143, await program.WaitForExitAsync());
        Assert.DoesNotContain(Password, program.Transcript, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheTerminalIsAsItWasAfterwards()
    {
        // The shell, which is interrupted too, ignores that.
        await using var trapped = PtyProgram.Start(new ProgramStart(
            "/bin/sh", ["-c", "trap : INT; stty -a >before; \"$0\" \"$@\"; echo code $?; stty -a >after; cmp before after && echo same", .. Words("127.0.12.27", "true")])
        {
            Environment = _runs.Start().Environment,
            WorkingDirectory = _folder.Path,
        });
        await trapped.ReadUntilAsync("Password: ");
        trapped.Type(PtyProgram.ControlC);
        await trapped.ReadUntilAsync("code 130\r\n");
        await trapped.ReadUntilAsync("same\r\n");
    }

    [Fact]
    public async Task AStopAndAContinuationKeepThePasswordHidden()
    {
        await using var shell = PtyProgram.Start(new ProgramStart("/bin/sh", "-i") { Environment = _runs.Start().Environment, WorkingDirectory = _folder.Path });
        File.WriteAllText(_folder["run"], string.Join(' ', Words("127.0.12.34", "-N", "echo in").Select(word => $"'{word}'")) + "\n");
        File.WriteAllText(_folder["start"], "set -m; eval \"$(cat run)\"; echo stopped $?; stty -a | grep -ow -e '-*echo'\n");
        shell.Type(". ./start\r");
        await shell.ReadUntilAsync("Password: ");
        shell.Type("half\x1a");
        // The shell gets a terminal with echo.
        await shell.ReadUntilAsync("stopped 14", TimeSpan.FromSeconds(60));
        await shell.ReadUntilAsync("\r\necho\r\n", TimeSpan.FromSeconds(60));
        shell.Type("fg; echo code $?\r");
        await shell.ReadUntilAsync("Password: ", TimeSpan.FromSeconds(60));
        shell.Type(Password + "\r");
        await shell.ReadUntilAsync("code 0\r\n", TimeSpan.FromSeconds(60));
        Assert.Contains("\r\nin\r\n", shell.Transcript, StringComparison.Ordinal);
        Assert.DoesNotContain("half", shell.Transcript, StringComparison.Ordinal);
        Assert.DoesNotContain(Password[..5], shell.Transcript, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\r")]
    [InlineData(PtyProgram.ControlD)]
    public async Task NothingTypedIsAUsageError(string keys)
    {
        await using var program = Start("127.0.12.28", "true");
        await program.ReadUntilAsync("Password: ");
        program.Type(keys);
        Assert.Equal(2, await program.WaitForExitAsync());
        Assert.Contains("volley: no password was entered", program.Transcript, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithoutATerminalItIsAUsageError()
    {
        var result = await ProgramRun.RunAsync(_runs.Start(Words("127.0.12.29", "true")[1..]));
        Assert.Equal((2, "", "volley: --password needs a terminal to prompt on, and there is none\n"), (result.ExitCode, result.Stdout, result.Stderr));
    }

    [Fact]
    public async Task AnOldSshIsAClearError()
    {
        var folder = Directory.CreateDirectory(_folder["old"]).FullName;
        File.WriteAllText(Path.Combine(folder, "ssh"), "#!/bin/sh\necho OpenSSH_8.3p1, OpenSSL 1.1.1 >&2\n");
        Assert.Equal(0, (await ProgramRun.RunAsync(new ProgramStart("chmod", "755", Path.Combine(folder, "ssh")))).ExitCode);
        await using var program = PtyProgram.Start(_runs.Start(Words("127.0.12.30", "--transport", "openssh", "true")[1..])
            .WithVariable("PATH", $"{folder}:{Environment.GetEnvironmentVariable("PATH")}"));
        await TypeAsync(program, Password);
        Assert.Equal(255, await program.WaitForExitAsync());
        Assert.Contains("127.0.12.30: connect failed: passwords require OpenSSH 8.4 or later, and 'ssh' is 8.3", program.Transcript, StringComparison.Ordinal);
    }

    private IEnumerable<string> FailedPasswords() => ServerLog.Where(line => line.Contains("Failed password for ", StringComparison.Ordinal));

    /// <summary>What the logins until now were by, as sshd says it: "Accepted METHOD for USER from …".</summary>
    private string[] LoginMethods() =>
    [
        .. ServerLog.Select(line => line.Split(' ')).Where(words => words is ["Accepted", _, "for", ..]).Select(words => words[1]).Distinct(),
    ];

    private static async Task TypeAsync(PtyProgram program, string password)
    {
        await program.ReadUntilAsync("Password: ");
        program.Type(password + "\r");
    }

    private static string Read(string path)
    {
        try
        {
            return Encoding.UTF8.GetString(File.ReadAllBytes(path));
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private PtyProgram Start(string hosts, params string[] words) => PtyProgram.Start(_runs.Start(Words(hosts, words)[1..]));

    /// <summary>The program and a run without a key, line by line.</summary>
    private string[] Words(string hosts, params string[] words) =>
        [BuiltProgram.Path, "-F", new FleetConfig(_fleet) { Identity = null }.Write(), "--output", "stream", "-H", hosts, "--password", .. words];
}
