using System.Net;
using System.Net.Sockets;
using System.Text;
using Volley.Ssh.UnitTests;
using Volley.Ssh.Wire;
using Volley.Testing;
using Xunit;

namespace Volley.IntegrationTests.OpenSsh;

/// <summary>What a hostile server gets of --password, on the built program: a scripted server asks for it in every way.</summary>
public sealed class PasswordPromptTests : IDisposable
{
    private const string Secret = "s3cret";

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly TransportKey _hostKey = TransportKey.Create("ssh-ed25519");
    private readonly string _folder = Directory.CreateDirectory($"/tmp/volley-ask-{Guid.NewGuid():n}"[..24]).FullName;
    private readonly List<string> _answers = [];

    public PasswordPromptTests()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
    }

    private int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public void Dispose()
    {
        _listener.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("native", "Verification code: ")]
    [InlineData("openssh", "Verification code: ")]
    [InlineData("native", "Enter passphrase for key '/home/me/.ssh/id_ed25519': ")]
    [InlineData("openssh", "Enter passphrase for key '/home/me/.ssh/id_ed25519': ")]
    [InlineData("native", "New password: ")]
    [InlineData("openssh", "New password: ")]
    [InlineData("native", "Password: \nNew password: ")]
    [InlineData("openssh", "Password: \nNew password: ")]
    public async Task AnythingButAPasswordPromptGetsNothing(string transport, string prompt)
    {
        await RunAsync(transport, server => AnswerAsync(server, "keyboard-interactive", prompt, isPartial: false));
        Assert.DoesNotContain(Secret, _answers);
    }

    [Theory]
    [InlineData("native")]
    [InlineData("openssh")]
    public async Task WhateverFollowsThePasswordIsSentOnce(string transport)
    {
        await RunAsync(transport, server => AnswerAsync(server, "keyboard-interactive,password", "Password: ", isPartial: false));
        Assert.Equal([Secret], _answers);
    }

    [Theory]
    [InlineData("native")]
    [InlineData("openssh")]
    public async Task PartialSuccessWithoutEndGetsItOnce(string transport)
    {
        await RunAsync(transport, server => AnswerAsync(server, "password,keyboard-interactive", "Password: ", isPartial: true));
        Assert.Equal([Secret], _answers);
    }

    [Theory]
    [InlineData("native")]
    [InlineData("openssh")]
    public async Task ARequestToChangeItGetsItOnce(string transport)
    {
        await RunAsync(transport, server => AnswerAsync(server, "password", "", isPartial: false, mustChange: true));
        Assert.Equal([Secret], _answers);
    }

    [Theory]
    [InlineData("native")]
    [InlineData("openssh")]
    public async Task AServerThatHangsUpOnItDoesNotGetItAgainByRetries(string transport)
    {
        await RunAsync(transport, server => AnswerAsync(server, "password", "", isPartial: false, hangsUp: true), "--retries", "2");
        Assert.Equal([Secret], _answers);
    }

    /// <summary>Runs the program with the password against the server, whose every connection goes by the script once keys are agreed on.</summary>
    private async Task RunAsync(string transport, Func<TransportServer, Task> login, params string[] words)
    {
        var known = Path.Combine(_folder, "known");
        File.WriteAllText(known, $"[127.0.0.1]:{Port} {_hostKey.KeyType} {Convert.ToBase64String(_hostKey.PublicBlob.Span)}\n");
        var serving = ServeAsync(login);
        await using var program = PtyProgram.Start(ProgramStart.Volley(
            ["-F", "none", "-o", $"UserKnownHostsFile={known}", "-o", "IdentityFile=none", "-o", "IdentityAgent=none", "-o", "HostKeyAlgorithms=ssh-ed25519",
                "-H", $"me@127.0.0.1:{Port}", "--transport", transport, "--password", "--connect-timeout", "50", .. words, "true"]).WithVariable("XDG_RUNTIME_DIR", _folder));
        await program.ReadUntilAsync("Password: ");
        program.Type(Secret + "\r");
        Assert.Equal(255, await program.WaitForExitAsync(TransportServer.Limit * 2));
        Assert.Contains("authentication failed", program.Transcript, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, program.Transcript, StringComparison.Ordinal);
        _listener.Dispose();
        await serving;
    }

    private async Task ServeAsync(Func<TransportServer, Task> login)
    {
        try
        {
            while (true)
            {
                await using var server = TransportServer.Over(await _listener.AcceptAsync());
                server.HostKey = _hostKey;
                await server.PlayAsync(async _ =>
                {
                    await server.GreetAsync();
                    await server.ExchangeInitsAsync();
                    await server.ExchangeKeysAsync();
                    await server.ExpectAsync(MessageNumber.ServiceRequest);
                    await server.SendAsync(Wire.Message(MessageNumber.ServiceAccept, "ssh-userauth"));
                    await login(server);
                });
            }
        }
        catch (Exception over) when (over is SocketException or ObjectDisposedException)
        {
            // The program has ended.
        }
    }

    /// <summary>Asks and refuses until the client leaves; what it was told as a password is kept.</summary>
    private async Task AnswerAsync(TransportServer server, string methods, string prompt, bool isPartial, bool mustChange = false, bool hangsUp = false)
    {
        while (true)
        {
            var message = await server.ReadAsync();
            if (message[0] == MessageNumber.UserAuthInfoResponse)
            {
                if (Wire.UInt32(message, 1) > 0)
                    _answers.Add(Text(message[5..]));
            }
            else
            {
                var fields = new SshReader(message);
                fields.ReadDisplayText();
                fields.ReadDisplayText();
                var method = fields.ReadDisplayText();
                if (method == "keyboard-interactive")
                {
                    await server.SendAsync(Wire.Message(MessageNumber.UserAuthMethod, "", "", "", 1u, prompt, false));
                    continue;
                }

                if (method == "password")
                {
                    fields.ReadBoolean();
                    _answers.Add(fields.ReadDisplayText());
                    if (hangsUp)
                        return;
                    if (mustChange)
                    {
                        await server.SendAsync(Wire.Message(MessageNumber.UserAuthMethod, "expired", ""));
                        continue;
                    }
                }
            }

            await server.SendAsync(Wire.Message(MessageNumber.UserAuthFailure, methods, isPartial && _answers.Count > 0));
        }
    }

    /// <summary>The first string of some bytes.</summary>
    private static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes, 4, (int)Wire.UInt32(bytes, 0));
}
