using CsCheck;
using Volley.Ssh;
using Xunit;

namespace Volley.Inventory.Tests;

/// <summary>Whatever a text holds, a reader ends with a result or with its own exception.</summary>
public sealed class RobustnessTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    private static Gen<string> Texts(string characters, int maximum) => Gen.Int[0, characters.Length - 1].Select(index => characters[index]).Array[0, maximum].Select(text => new string(text));

    [Fact]
    public void AnExpressionIsReadOrRefused() => Texts("ab1[]-,!&^()@*?:/ \\=.\t\0é", 24).Sample(text =>
    {
        try
        {
            _ = HostExpression.Parse(text);
        }
        catch (HostListException error)
        {
            Assert.Equal(text, error.Expression);
            Assert.InRange(error.Position, 0, text.Length);
        }
    }, iter: 20_000);

    [Fact]
    public void AFilterIsReadOrRefused() => Texts("ab1[]-,!&^()@*?:/ \\=", 24).Sample(text =>
    {
        try
        {
            _ = HostFilter.Parse(text);
        }
        catch (HostListException error)
        {
            Assert.Equal(text, error.Expression);
        }
    }, iter: 20_000);

    [Fact]
    public void AConfigurationIsReadOrRefused() => Texts("a: \n-[]{},'\"&*<!|>#$~", 40).Sample(text =>
    {
        try
        {
            _ = new ConfigurationReader(["a"], _ => "").Parse($"defaults:\n  {text}\nclusters:\n  c:\n    nodes: [x]\n", "/c");
        }
        catch (ConfigurationException)
        {
        }
    }, iter: 5_000);

    [Fact]
    public async Task AnInventoryIsReadOrRefused()
    {
        var random = new Random(3);
        const string Characters = "ab[]:=#;'\" \n\\-.12,{}";
        for (int i = 0; i < 500; i++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(60)).Select(_ => Characters[random.Next(Characters.Length)]));
            string path = _folder.Write(i % 2 == 0 ? "hosts" : "hosts.yml", text);
            HostSources sources = new StandardSources { Variable = _ => null, SshConfig = SshConfigFiles.None, Inventories = [path] }.Create();
            try
            {
                _ = await HostExpression.Parse("@ansible:*").EvaluateAsync(sources);
            }
            catch (HostSourceException)
            {
            }
            catch (HostListException)
            {
            }
        }
    }
}
