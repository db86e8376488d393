using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Volley.Interop.Text;

namespace Volley.Cli.Journal;

/// <summary>Replaces the values of <c>--secret</c> in texts and in output.</summary>
internal sealed class SecretMask
{
    private const string Replacement = "***";

    private readonly ImmutableArray<string> _values;
    private readonly ImmutableArray<byte[]> _bytes;

    private SecretMask(ImmutableArray<string> values)
    {
        _values = values;
        _bytes = [.. values.Select(value => SystemText.Encode(value))];
    }

    /// <summary>Creates a mask; null if there are no values.</summary>
    public static SecretMask? Create(IEnumerable<string> values)
    {
        // A value can be a part of another one.
        ImmutableArray<string> all = [.. values.Where(value => value.Length > 0).Distinct().OrderByDescending(value => value.Length)];
        return all.Length == 0 ? null : new SecretMask(all);
    }

    /// <summary>Returns a text without the values.</summary>
    public string Hide(string text) => _values.Aggregate(text, (hidden, value) => hidden.Replace(value, Replacement, StringComparison.Ordinal));

    /// <summary>Returns whether a content has one of the values.</summary>
    public bool IsIn(ReadOnlySpan<byte> content)
    {
        foreach (var value in _bytes)
        {
            if (content.IndexOf(value) >= 0)
                return true;
        }

        return false;
    }

    /// <summary>Returns an event without the values in messages. Output is not changed.</summary>
    public NodeEvent Hide(NodeEvent nodeEvent) => nodeEvent switch
    {
        NodeFinished finished => finished with { Result = Hide(finished.Result) },
        NodeChecked check => check with { Result = Hide(check.Result) },
        CheckRetrying retrying => retrying with { Result = Hide(retrying.Result) },
        NodeRetrying retrying => retrying with { Result = Hide(retrying.Result) },
        _ => nodeEvent,
    };

    /// <summary>Returns a logger that hides the values from another one.</summary>
    public ILogger Hide(ILogger logger) => new MaskedLogger(logger, this);

    /// <summary>Begins to mask a stream.</summary>
    public MaskedStream BeginStream() => new(_bytes);

    private NodeResult Hide(NodeResult result) => result with
    {
        Message = result.Message is { } message ? Hide(message) : null,
        Reason = result.Reason is { } reason ? Hide(reason) : null,
    };

    /// <summary>Masks the chunks of a stream. The beginning of a value at the end of a chunk is buffered until the next one.</summary>
    internal sealed class MaskedStream(ImmutableArray<byte[]> values)
    {
        private byte[] _rest = [];

        /// <summary>Returns the masked part of the stream that a chunk completes.</summary>
        public byte[] Append(ReadOnlySpan<byte> chunk)
        {
            byte[] joined = [.. _rest, .. chunk];
            var masked = new List<byte>(joined.Length);
            var position = 0;
            while (position < joined.Length)
            {
                var rest = joined.AsSpan(position);
                if (Find(rest) is { } found)
                {
                    masked.AddRange("***"u8);
                    position += found.Length;
                }
                else if (BeginsValue(rest))
                {
                    break;
                }
                else
                {
                    masked.Add(joined[position++]);
                }
            }

            _rest = joined[position..];
            return [.. masked];
        }

        /// <summary>Returns what is buffered at the end of the stream.</summary>
        public byte[] Complete()
        {
            var rest = _rest;
            _rest = [];
            return rest;
        }

        private byte[]? Find(ReadOnlySpan<byte> text)
        {
            foreach (var value in values)
            {
                if (text.StartsWith(value))
                    return value;
            }

            return null;
        }

        private bool BeginsValue(ReadOnlySpan<byte> text)
        {
            foreach (var value in values)
            {
                if (text.Length < value.Length && value.AsSpan().StartsWith(text))
                    return true;
            }

            return false;
        }
    }

    private sealed class MaskedLogger(ILogger logger, SecretMask mask) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => logger.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => logger.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel))
                return;
            var text = mask.Hide(formatter(state, exception));
            logger.Log(logLevel, eventId, text, exception, static (hidden, _) => hidden);
        }
    }
}
