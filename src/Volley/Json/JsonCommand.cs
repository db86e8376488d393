using System.Collections.Immutable;
using System.Text.Json;
using Volley.Interop.Text;
using Volley.Scripts;

namespace Volley.Json;

/// <summary>The JSON form of a command.</summary>
internal static class JsonCommand
{
    /// <summary>Writes a command as an object.</summary>
    public static void Write(Utf8JsonWriter json, CommandJob command)
    {
        json.WriteStartObject();
        if (command.ScriptCall is { } call)
            WriteScript(json, call);
        else if (command.IsLine)
            json.WriteText("line"u8, command.CommandLine);
        else
            json.WriteTexts("program"u8, command.Arguments);
        json.WriteText("title"u8, command.Title);
        json.WriteBoolean("input"u8, command.Input is not null);
        if (command.Terminal is { } terminal)
        {
            json.WriteStartObject("terminal"u8);
            json.WriteText("type"u8, terminal.Type);
            json.WriteNumber("columns"u8, terminal.Size.Columns);
            json.WriteNumber("rows"u8, terminal.Size.Rows);
            json.WriteEndObject();
        }

        json.WriteStartObject("environment"u8);
        foreach (var (name, value) in command.Environment.Where(variable => !command.Secrets.Contains(variable.Key)).OrderBy(variable => variable.Key, StringComparer.Ordinal))
            json.WriteText(name, value);
        json.WriteEndObject();
        json.WriteTexts("secrets"u8, command.Secrets.Order(StringComparer.Ordinal));
        json.WriteText("directory"u8, command.WorkingDirectory);
        if (command.Retry is { } retry)
            WriteRetry(json, retry);
        json.WriteEndObject();
    }

    /// <summary>Reads a command.</summary>
    /// <param name="json">The object.</param>
    /// <param name="input">Returns the standard input of the command.</param>
    public static CommandJob Read(JsonElement json, Func<StandardInput> input)
    {
        var hasInput = json.GetProperty("input"u8).GetBoolean();
        var command = json.TryGetProperty("script"u8, out var script)
            ? CommandJob.CreateScript(hasInput ? input() : throw new JsonException("a script has no input"), ReadScript(script))
            : ReadCommand(json) with { Input = hasInput ? input() : null };
        return command with
        {
            Title = json.GetProperty("title"u8).ReadText(),
            Terminal = json.TryGetProperty("terminal"u8, out var terminal) ? ReadTerminal(terminal) : null,
            Environment = ReadEnvironment(json.GetProperty("environment"u8)),
            Secrets = [.. json.GetProperty("secrets"u8).ReadTexts()],
            WorkingDirectory = json.ReadOptionalText("directory"u8),
            Retry = json.TryGetProperty("retry"u8, out var retry) ? ReadRetry(retry) : null,
        };
    }

    private static CommandJob ReadCommand(JsonElement json)
    {
        if (json.TryGetProperty("line"u8, out var line))
            return CommandJob.Shell(line.ReadText());
        return json.GetProperty("program"u8).ReadTexts() is [var program, .. var arguments]
            ? CommandJob.Program(program, arguments)
            : throw new JsonException("a command has no program");
    }

    private static void WriteScript(Utf8JsonWriter json, ScriptCall call)
    {
        json.WriteStartObject("script"u8);
        json.WriteText("interpreter"u8, call.Interpreter);
        json.WriteTexts("arguments"u8, call.Arguments);
        json.WriteTexts("words"u8, call.Words);
        json.WriteEndObject();
    }

    private static ScriptCall ReadScript(JsonElement json)
    {
        var call = new ScriptCall(
            json.ReadOptionalText("interpreter"u8), json.GetProperty("arguments"u8).ReadTexts(), json.GetProperty("words"u8).ReadTexts());
        if (call.Words.Length != call.Arguments.Length)
            throw new JsonException("a script has not as many words as arguments");
        Argument.Texts(call.Arguments, nameof(json));
        Argument.Texts(call.Words, nameof(json));
        if (call.Interpreter is { } interpreter)
            Argument.WithoutNul(interpreter, nameof(json));
        return call;
    }

    private static PseudoTerminal ReadTerminal(JsonElement json) =>
        new(json.GetProperty("type"u8).ReadText(), json.GetProperty("columns"u8).GetInt32(), json.GetProperty("rows"u8).GetInt32());

    private static ImmutableDictionary<string, string> ReadEnvironment(JsonElement json)
    {
        var variables = ImmutableDictionary.CreateBuilder<string, string>();
        foreach (var variable in json.EnumerateObject())
            variables.Add(variable.Name, JsonSystemText.Read(variable.Value));
        return variables.ToImmutable();
    }

    private static void WriteRetry(Utf8JsonWriter json, CommandRetry retry)
    {
        json.WriteStartObject("retry"u8);
        json.WriteNumber("limit"u8, retry.Limit);
        json.WriteSeconds("delay"u8, retry.Delay);
        json.WriteStartArray("codes"u8);
        foreach (var code in retry.Codes.Order())
            json.WriteNumberValue(code);
        json.WriteEndArray();
        json.WriteTexts("outcomes"u8, retry.Outcomes.Select(JsonNames.Get).Order(StringComparer.Ordinal));
        json.WriteEndObject();
    }

    private static CommandRetry ReadRetry(JsonElement json) => new(json.GetProperty("limit"u8).GetInt32())
    {
        Delay = json.GetProperty("delay"u8).ReadSeconds(),
        Codes = [.. json.GetProperty("codes"u8).EnumerateArray().Select(code => code.GetInt32())],
        Outcomes =
        [
            .. json.GetProperty("outcomes"u8).ReadTexts().Select(name => JsonNames.FindOutcome(name) ?? throw new JsonException($"no outcome has the name '{name}'")),
        ],
    };
}
