using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Connecting;

/// <summary>What the tests of passwords share: the fleet of a user who has one, and runs that may keep connections.</summary>
public abstract class PasswordScene(PasswordFleet shared) : IClassFixture<PasswordFleet>, IAsyncLifetime
{
    private protected Fleet _fleet = null!;
    private protected KeptRuns _runs = null!;
    private protected ScratchFolder _folder = null!;

    /// <summary>How much of the server's log belongs to earlier tests.</summary>
    private int _linesBefore;

    private protected IEnumerable<string> ServerLog => File.ReadLines(_fleet.ServerLog).Skip(_linesBefore);

    public ValueTask InitializeAsync()
    {
        Assert.SkipUnless(shared.Fleet is not null, "only root can give a user a password");
        _fleet = shared.Fleet;
        _linesBefore = File.ReadLines(_fleet.ServerLog).Count();
        _folder = new ScratchFolder();
        _runs = new KeptRuns(_fleet);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_fleet is null)
            return;
        await _runs.DisposeAsync();
        _folder.Dispose();
    }
}
