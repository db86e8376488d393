using System.Text;
using System.Text.Json.Nodes;
using NJsonSchema;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests;

/// <summary>What <c>--output json</c> wrote, held to the published schema.</summary>
internal sealed class JsonLines
{
    private static readonly Lazy<Task<JsonSchema>> Schema = new(() =>
        JsonSchema.FromFileAsync(Path.Combine(Repository.Root, "docs", "volley-output.schema.json")));

    private JsonLines(List<JsonObject> objects)
    {
        Objects = objects;
    }

    public IReadOnlyList<JsonObject> Objects { get; }

    public JsonObject Summary => Assert.Single(Of("summary"));

    /// <summary>Reads lines, of which each must be an object of the schema, in order; a last one that is cut off may be left out.</summary>
    public static async Task<JsonLines> ReadAsync(string text, bool mayBeCut = false)
    {
        var lines = text.Split('\n');
        if (!mayBeCut)
            Assert.Equal("", lines[^1]);
        var objects = new List<JsonObject>();
        foreach (var line in lines[..^1])
        {
            await AssertValidAsync(line);
            objects.Add(JsonNode.Parse(line)!.AsObject());
        }

        var read = new JsonLines(objects);
        read.AssertOrder();
        return read;
    }

    /// <summary>Reads the output of a run that ended by itself, with its exit code.</summary>
    public static async Task<JsonLines> ReadAsync(ProgramResult result)
    {
        var read = await ReadAsync(result.Stdout);
        Assert.Equal("summary", Text(read.Objects[^1], "event"));
        Assert.Equal(result.ExitCode, (int)read.Summary["exit_code"]!);
        return read;
    }

    public static async Task AssertValidAsync(string json)
    {
        var errors = (await Schema.Value).Validate(json);
        Assert.True(errors.Count == 0, $"{json}\n{string.Join('\n', errors)}");
    }

    public IEnumerable<JsonObject> Of(string name) => Objects.Where(o => Text(o, "event") == name);

    public JsonObject Finished(string node) => Of("finished").Single(o => Text(o, "node") == node);

    /// <summary>All that a node sent on a stream.</summary>
    public byte[] Output(string node, string stream)
    {
        using var bytes = new MemoryStream();
        foreach (var output in Of("output").Where(o => Text(o, "node") == node && Text(o, "stream") == stream))
            bytes.Write(output["text"] is { } text ? Encoding.UTF8.GetBytes((string)text!) : Convert.FromBase64String(Text(output, "base64")));
        return bytes.ToArray();
    }

    private static string Text(JsonObject value, string member) => (string)value[member]!;

    /// <summary>One begin, numbers without a gap, times that never go back, and each node's steps in their order.</summary>
    private void AssertOrder()
    {
        if (Objects.Count == 0)
            return;
        Assert.Equal("begin", Text(Objects[0], "event"));
        Assert.Single(Of("begin"));
        Assert.Equal(Enumerable.Range(0, Objects.Count), Objects.Select(o => (int)o["seq"]!));
        var times = Objects.Select(o => (decimal)o["time"]!).ToList();
        Assert.Equal(times.Order(), times);
        foreach (var node in Objects.Where(o => o["node"] is not null).GroupBy(o => (int)o["rank"]!))
        {
            Assert.Single(node.Select(o => Text(o, "node")).Distinct());
            var steps = string.Concat(node.Select(o => Text(o, "event")[0]));
            Assert.Matches("^(c(s?o*r)*s?o*)?f?$", steps);
        }
    }
}
