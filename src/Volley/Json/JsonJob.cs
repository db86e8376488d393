using System.Collections.Immutable;
using System.Text.Json;
using Volley.Interop.Text;
using Volley.Json;

namespace Volley;

/// <summary>
/// The JSON form of a job, for a run on another machine. It has no inputs, no values of secret variables, and no variables of single targets: these
/// travel apart from it.
/// </summary>
public static class JsonJob
{
    /// <summary>Returns why a job has no JSON form.</summary>
    /// <param name="job">The job.</param>
    /// <returns>What it has that can't be written: <c>copies of files</c>; null if it can be written.</returns>
    /// <exception cref="ArgumentNullException">The job is null.</exception>
    public static string? FindObstacle(Job job)
    {
        ArgumentNullException.ThrowIfNull(job);
        if (job is not (CommandJob or PingJob or StepsJob or RebootJob or WaitJob))
            return job is PushJob or PullJob ? "copies of files" : $"jobs of the type {job.GetType().Name}";
        if (job is StepsJob { HasBarrier: true })
            return "steps that wait for all targets";
        foreach (var command in Commands(job))
        {
            if (command.Retry?.Filter is not null)
                return "retries with a filter";
            if (command.Environment.Keys.Concat(command.Secrets).Any(name => SystemText.HasBytes(name)))
                return "variables whose names are not UTF-8";
        }

        return null;
    }

    /// <summary>Returns the commands of a job, in the order of their numbers: that of each step, or the only one, or none.</summary>
    /// <param name="job">The job.</param>
    /// <returns>The commands.</returns>
    /// <exception cref="ArgumentNullException">The job is null.</exception>
    public static ImmutableArray<CommandJob> Commands(Job job)
    {
        ArgumentNullException.ThrowIfNull(job);
        return job switch
        {
            CommandJob command => [command],
            StepsJob steps => steps.Steps,
            RebootJob reboot => [reboot.Command],
            WaitJob { Command: { } command } => [command],
            _ => [],
        };
    }

    /// <summary>Writes a job as an object.</summary>
    /// <param name="json">The destination.</param>
    /// <param name="job">The job.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">The job can't be written: <see cref="FindObstacle"/>.</exception>
    public static void Write(Utf8JsonWriter json, Job job)
    {
        ArgumentNullException.ThrowIfNull(json);
        if (FindObstacle(job) is { } obstacle)
            throw new ArgumentException($"{obstacle} have no JSON form", nameof(job));
        json.WriteStartObject();
        json.WriteString("kind"u8, job is StepsJob ? "steps" : JsonNames.Get(job));
        if (job is RebootJob reboot)
        {
            json.WriteText("boot_id_file"u8, reboot.BootIdFile);
            json.WriteText("own_boot_id"u8, reboot.OwnBootId);
            json.WriteSeconds("interval"u8, reboot.Interval);
        }
        else if (job is WaitJob wait)
        {
            json.WriteSeconds("interval"u8, wait.Interval);
        }

        json.WriteStartArray("commands"u8);
        foreach (var command in Commands(job))
            JsonCommand.Write(json, command);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Reads a job.</summary>
    /// <param name="json">The object.</param>
    /// <param name="inputs">Returns the standard input of the command of a number, from 0. It is called once for each command that has one.</param>
    /// <returns>The job.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="inputs"/> is null.</exception>
    /// <exception cref="JsonException">The object is not of the form, or has a value that no job can have.</exception>
    public static Job Read(JsonElement json, Func<int, StandardInput> inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        try
        {
            return ReadJob(json, inputs);
        }
        catch (Exception wrong) when (wrong is InvalidOperationException or KeyNotFoundException or FormatException or OverflowException or ArgumentException)
        {
            throw new JsonException(wrong.Message, wrong);
        }
    }

    private static Job ReadJob(JsonElement json, Func<int, StandardInput> inputs)
    {
        CommandJob[] commands = [.. json.GetProperty("commands"u8).EnumerateArray().Select((command, number) => JsonCommand.Read(command, () => inputs(number)))];
        return json.GetProperty("kind"u8).GetString() switch
        {
            "ping" when commands is [] => new PingJob(),
            "command" when commands is [var command] => command,
            "steps" => new StepsJob(commands),
            "reboot" when commands is [var command] => new RebootJob(command)
            {
                BootIdFile = json.GetProperty("boot_id_file"u8).ReadText(),
                OwnBootId = json.ReadOptionalText("own_boot_id"u8),
                Interval = json.GetProperty("interval"u8).ReadSeconds(),
            },
            "wait-for" when commands.Length <= 1 => new WaitJob(commands.FirstOrDefault()) { Interval = json.GetProperty("interval"u8).ReadSeconds() },
            var kind => throw new JsonException($"a job of the kind '{kind}' can't have {commands.Length} commands, or is unknown"),
        };
    }
}
