using Volley.Testing;

namespace Volley.Tests.Transports;

public class ExecTransportTests : TransportContract
{
    protected override Task<ITransport> CreateAsync() => Task.FromResult<ITransport>(new ExecTransport());

    protected override Target TargetFor(int index) => new($"h{index}");
}
