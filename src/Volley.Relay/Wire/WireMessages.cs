using System.Buffers;
using System.Text.Json;

namespace Volley.Relay.Wire;

/// <summary>A chunk of targets for the relays of a queue: some ranks of one piece.</summary>
internal sealed record WorkItem(int Protocol, string Run, int Round, string Queue, int Piece, int[] Ranks);

/// <summary>The value of <c>target.ROUND.RANK</c>: a claim, over which the ending is written.</summary>
/// <param name="Relay">The relay that claims or has ended the target; the controller's name if it has ended the target itself.</param>
/// <param name="Token">A random text of each attempt to claim, which tells one's own claim from that of another.</param>
/// <param name="Ending">The result, as in the JSON form of a finished target (<see cref="JsonEventReader.ReadResult"/>); null while the target runs.</param>
internal sealed record TargetRecord(string Relay, string Token, JsonElement? Ending)
{
    /// <summary>Returns the value for a target that has ended.</summary>
    public static byte[] Write(string relay, string token, Target target, NodeResult result)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteString("relay"u8, relay);
        json.WriteString("token"u8, token);
        json.WriteStartObject("ending"u8);
        json.WriteResult(target, result);
        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }
}

/// <summary>The value of <c>job.ROUND.QUEUE</c>.</summary>
/// <param name="Document">The bytes that are signed: a <see cref="JobDocument"/> as JSON.</param>
/// <param name="Signature">The armored SSH signature with namespace <c>volley-job</c>; null for a job that is not signed.</param>
internal sealed record SignedJob(byte[] Document, string? Signature);

/// <summary>The job of one round for one queue.</summary>
internal sealed record JobDocument
{
    /// <summary>The protocol of this version. A relay and a controller of different ones don't work together.</summary>
    public const int CurrentProtocol = 1;

    public const string SignatureNamespace = "volley-job";

    public required int Protocol { get; init; }

    /// <summary>The version of the controller's program, for display.</summary>
    public required string Version { get; init; }

    public required string Run { get; init; }

    public required int Round { get; init; }

    public required string Queue { get; init; }

    /// <summary>Unix time in seconds of the first document of this round, which renewals keep. Targets are remembered from then on.</summary>
    public required long Started { get; init; }

    /// <summary>Unix time in seconds.</summary>
    public required long Issued { get; init; }

    /// <summary>Unix time in seconds.</summary>
    public required long Expires { get; init; }

    /// <summary>USER@HOST of the controller, for audit logs. It is not verified; the signature's principal is.</summary>
    public required string Controller { get; init; }

    /// <summary>The command as a user would type it.</summary>
    public required string Title { get; init; }

    /// <summary>The seconds without the controller after which a relay stops the run; null for none.</summary>
    public double? Lease { get; init; }

    /// <summary>The SHA-256 of each piece of this queue, in hexadecimal digits.</summary>
    public required string[] Pieces { get; init; }

    /// <summary>The job as <c>JsonJob</c> writes it.</summary>
    public required JsonElement Job { get; init; }

    /// <summary>The limits of the plan.</summary>
    public required WireLimits Limits { get; init; }

    /// <summary>How the relay reaches its targets.</summary>
    public required RelayConnectionSettings Connections { get; init; }

    /// <summary>The inputs in the object store: one for each command that has a standard input.</summary>
    public WireInput[] Inputs { get; init; } = [];

    /// <summary>Whether values must be asked of the controller: secret variables, or the password of the elevation.</summary>
    public bool HasSecrets { get; init; }
}

/// <summary>The standard input of a command, or its script.</summary>
/// <param name="Command">The number of the command in its job, from 0.</param>
/// <param name="Length">The number of bytes.</param>
/// <param name="Sha256">The SHA-256 in hexadecimal digits.</param>
internal sealed record WireInput(int Command, long Length, string Sha256);

/// <summary>Limits of a plan that apply at one target. Times are in seconds; null for none.</summary>
internal sealed record WireLimits
{
    public double? ConnectTimeout { get; init; }

    public double? CommandTimeout { get; init; }

    public double? IdleTimeout { get; init; }

    public double? Drain { get; init; }

    public double StopGrace { get; init; }

    public long? MaxOutput { get; init; }

    public int[]? OkCodes { get; init; }
}

/// <summary>At most 500 targets of a queue.</summary>
internal sealed record TargetPiece(PieceTarget[] Targets);

/// <summary>A target as the relay needs it.</summary>
internal sealed record PieceTarget(int Rank, string Host)
{
    public string? Label { get; init; }

    public string? User { get; init; }

    public int? Port { get; init; }

    public string? Address { get; init; }

    public string? ProxyJump { get; init; }

    /// <summary>Variables of each command at this target, without secret ones; null for none. A single dictionary is that of all commands.</summary>
    public Dictionary<string, string>[]? Variables { get; init; }
}

/// <summary>The value of a key of the bucket of relays.</summary>
internal sealed record RelayPresence(string Id, string Name, string Group, string Host, string Version, int Protocol)
{
    public Dictionary<string, string> Labels { get; init; } = [];

    /// <summary>The number of targets that it runs.</summary>
    public int Running { get; init; }

    /// <summary>The largest number of targets that it runs at once.</summary>
    public int Capacity { get; init; }

    /// <summary>Unix time of its start, in seconds.</summary>
    public long Started { get; init; }

    public bool IsDraining { get; init; }
}

/// <summary>The whole state of a controller that relays need. Each message replaces the one before.</summary>
internal sealed record ControlMessage(string Run, int Epoch, long Number)
{
    /// <summary>The name of the <see cref="StopReason"/>; null while the run goes on.</summary>
    public string? Stop { get; init; }

    /// <summary>Whether commands are ended without grace.</summary>
    public bool Hurry { get; init; }

    /// <summary>ROUND.RANK of the targets that are stopped one by one, while they have not ended.</summary>
    public string[] Canceled { get; init; } = [];

    /// <summary>ROUND.RELAY: the number of bytes of event messages that the controller has handed on since the start of the round.</summary>
    public Dictionary<string, long> Credits { get; init; } = [];

    /// <summary>The rounds that are over.</summary>
    public int[] Ended { get; init; } = [];

    /// <summary>Whether the run is over.</summary>
    public bool IsClosed { get; init; }
}

/// <summary>A heartbeat of a relay for a run that it serves.</summary>
internal sealed record BeatMessage(string Run, string Relay, int Running);

/// <summary>The value of <c>controller</c>.</summary>
internal sealed record ControllerRecord(string Controller, int Epoch, string Title, int Size, long Started)
{
    /// <summary>Unix time of the last heartbeat, in seconds. It is written again every 5 s.</summary>
    public long Seen { get; init; }

    /// <summary>The number of targets that have ended.</summary>
    public int Ended { get; init; }
}

/// <summary>A request for values that are not stored. The answer is a <see cref="SecretsReply"/>.</summary>
internal sealed record SecretsRequest(int Round, int[] Ranks);

/// <summary>The secret variables of each rank as in <see cref="PieceTarget.Variables"/>, and the password of the elevation.</summary>
internal sealed record SecretsReply(Dictionary<int, Dictionary<string, string>[]> Variables, string? Password);

/// <summary>A relay's refusal of a job, on the subject of its events as a JSON line of its own: <c>{"event":"refused", …}</c>.</summary>
internal sealed record RefusedLine(string Event, int[] Ranks, string Reason);
