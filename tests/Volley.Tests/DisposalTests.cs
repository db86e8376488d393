using System.Buffers;
using System.Reflection;
using System.Security.Cryptography;
using Volley.Ssh;
using Xunit;

namespace Volley.Tests;

/// <summary>The methods of public types throw once the object is disposed, each before it does anything.</summary>
public class DisposalTests
{
    /// <summary>Creates an object of each public type that can be disposed.</summary>
    private static readonly Dictionary<Type, Func<object>> Creators = new()
    {
        [typeof(AutoTransport)] = () => new AutoTransport(new SshOptions { ConfigFile = "none" }),
        [typeof(NativeTransport)] = () => new NativeTransport(new SshOptions { ConfigFile = "none" }),
        [typeof(OpenSshTransport)] = () => new OpenSshTransport(new SshOptions { ConfigFile = "none" }),
        [typeof(ExecTransport)] = () => new ExecTransport(),
        [typeof(PacedTransport)] = () => new PacedTransport(new ExecTransport()),
        [typeof(ElevatingTransport)] = () => new ElevatingTransport(new ExecTransport(), new ElevationSettings()),
        [typeof(SupervisingTransport)] = () => new SupervisingTransport(new ExecTransport()),
        [typeof(HostKeyScanner)] = () => new HostKeyScanner(new SshOptions { ConfigFile = "none" }, 1),
        [typeof(JsonEventWriter)] = () => new JsonEventWriter(new ArrayBufferWriter<byte>()),
        [typeof(LocalProcess)] = () => LocalProcess.Start(["true"]),
        [typeof(RunControl)] = () => new RunControl(),
        [typeof(SshPassword)] = () => new SshPassword("secret"u8),
        [typeof(StandardInput)] = () => StandardInput.FromStream(new MemoryStream()),
    };

    /// <summary>Methods that end a use, or return what is already known.</summary>
    private static readonly string[] Allowed =
        ["Dispose", "DisposeAsync", nameof(LocalProcess.CloseInput), nameof(LocalProcess.WaitForExitAsync), nameof(LocalProcess.ConfirmEndedAsync)];

    public static TheoryData<Type> DisposableTypes() =>
    [
        .. typeof(Target).Assembly.GetExportedTypes()
            .Where(type => !type.IsInterface && (type.IsAssignableTo(typeof(IDisposable)) || type.IsAssignableTo(typeof(IAsyncDisposable)))),
    ];

    [Theory]
    [MemberData(nameof(DisposableTypes))]
    public async Task EveryMethodThrowsAfterDisposal(Type type)
    {
        Assert.True(Creators.TryGetValue(type, out var create), $"{type.Name} needs a line in {nameof(Creators)}");
        var disposed = create();
        for (var i = 0; i < 2; i++)
            await DisposeAsync(disposed);
        foreach (var method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
        {
            // Reflection can't pass spans.
            if (method.IsSpecialName || Allowed.Contains(method.Name) || method.GetParameters().Any(parameter => parameter.ParameterType.IsByRefLike))
                continue;
            var failure = await Record.ExceptionAsync(() => InvokeAsync(disposed, method));
            Assert.True(failure is ObjectDisposedException, $"{type.Name}.{method.Name}: {failure?.ToString() ?? "no exception"}");
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ATransportWithoutMastersThrowsToo(bool multiplex)
    {
        var transport = new OpenSshTransport(new SshOptions { ConfigFile = "none", Multiplex = multiplex });
        await transport.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await transport.ConnectAsync(new Target("h"), CancellationToken.None));
    }

    [Fact]
    public void ADisposedPasswordIsRefusedByATransport()
    {
        var password = new SshPassword("secret"u8);
        password.Dispose();
        var options = new SshOptions { ConfigFile = "none", Password = password };
        Assert.Throws<ObjectDisposedException>(() => new AutoTransport(options));
        Assert.Throws<ObjectDisposedException>(() => new NativeTransport(options));
        Assert.Throws<ObjectDisposedException>(() => new OpenSshTransport(options));
    }

    public static TheoryData<string> Transports() => ["auto", "native", "openssh", "exec", "paced"];

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task ARunOnADisposedTransportThrows(string kind)
    {
        var none = new SshOptions { ConfigFile = "none" };
        ITransport transport = kind switch
        {
            "auto" => new AutoTransport(none),
            "native" => new NativeTransport(none),
            "openssh" => new OpenSshTransport(none),
            "exec" => new ExecTransport(),
            _ => new PacedTransport(new ExecTransport()),
        };
        await transport.DisposeAsync();
        var executor = new ParallelExecutor(transport);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => executor.RunToEndAsync(Executions.Plan(2)));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await executor.RunAsync(Executions.Plan(2)).FirstAsync());
    }

    [Fact]
    public async Task WhatIsDisposedDuringARunFailsTheTargetsThatNeedIt()
    {
        var transport = new ExecTransport();
        await using var running = new ParallelExecutor(transport).RunAsync(
            Executions.Plan(2, CommandJob.Shell("cat") with { Input = StandardInput.FromStream(Stream.Null) }) with { MaxConcurrency = 1 }).GetAsyncEnumerator();
        var results = new List<NodeResult>();
        while (await running.MoveNextAsync())
        {
            if (running.Current is NodeStarted)
                await transport.DisposeAsync();
            else if (running.Current is NodeFinished finished)
                results.Add(finished.Result);
        }

        Assert.Equal([NodeOutcome.Exited, NodeOutcome.ConnectFailed], results.Select(result => result.Outcome));
        Assert.Equal("disposed during the run: Volley.ExecTransport", results[1].Message);
    }

    [Fact]
    public async Task ARunWithADisposedSecretThrows()
    {
        // A transport does not own what its options have.
        var (key, password) = (CreateKey(), new SshPassword("secret"u8));
        await using var withKey = new NativeTransport(new SshOptions { ConfigFile = "none", PrivateKeys = [key] });
        await using var withPassword = new PacedTransport(new NativeTransport(new SshOptions { ConfigFile = "none", Password = password }));
        key.Dispose();
        password.Dispose();
        foreach (ITransport transport in new ITransport[] { withKey, withPassword })
            await Assert.ThrowsAsync<ObjectDisposedException>(() => new ParallelExecutor(transport).RunToEndAsync(new Target("127.0.0.1"), new PingJob()));
        Assert.Throws<ObjectDisposedException>(() => new NativeTransport(new SshOptions { PrivateKeys = [key] }));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => SshClient.ConnectAsync("127.0.0.1", new SshClientOptions { PrivateKeys = [key] }));
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task AFiredTokenIsACancellation(string kind)
    {
        var none = new SshOptions { ConfigFile = "none" };
        await using ITransport transport = kind switch
        {
            "auto" => new AutoTransport(none),
            "native" => new NativeTransport(none),
            "openssh" => new OpenSshTransport(none),
            "exec" => new ExecTransport(),
            _ => new PacedTransport(new ExecTransport()),
        };
        var fired = new CancellationToken(canceled: true);
        var failure = await Assert.ThrowsAsync<OperationCanceledException>(async () => await transport.ConnectAsync(new Target("127.0.0.1"), fired));
        Assert.Equal(fired, failure.CancellationToken);
    }

    private static SshPrivateKey CreateKey()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return SshPrivateKey.Parse(key.ExportECPrivateKeyPem());
    }

    private static async Task DisposeAsync(object disposable)
    {
        if (disposable is IAsyncDisposable asynchronous)
            await asynchronous.DisposeAsync();
        else
            ((IDisposable)disposable).Dispose();
    }

    private static async Task InvokeAsync(object instance, MethodInfo method)
    {
        try
        {
            var result = method.Invoke(instance, [.. method.GetParameters().Select(GetArgument)]);
            if (result?.GetType() is { } type && (type.Name.StartsWith("ValueTask", StringComparison.Ordinal) || result is Task))
                await (result as Task ?? (Task)type.GetMethod(nameof(ValueTask.AsTask))!.Invoke(result, null)!);
        }
        catch (TargetInvocationException failure)
        {
            throw failure.InnerException!;
        }
    }

    private static object? GetArgument(ParameterInfo parameter) => parameter.ParameterType switch
    {
        var type when type == typeof(string) => "TERM",
        var type when type == typeof(Target) => new Target("h"),
        var type when type == typeof(IEnumerable<Target>) => Array.Empty<Target>(),
        var type when type == typeof(PassphraseCallback) => new PassphraseCallback((_, _) => null),
        var type when type == typeof(StopReason) => StopReason.Requested,
        var type when type == typeof(Stream) => Stream.Null,
        var type when type == typeof(Memory<byte>) => new Memory<byte>(new byte[1]),
        var type when type.IsValueType => Activator.CreateInstance(type),
        _ => null,
    };
}
