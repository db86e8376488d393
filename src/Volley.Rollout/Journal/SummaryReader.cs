using Volley.Interop;

namespace Volley.Rollout.Journal;

/// <summary>Derives the summary of a run from its directory.</summary>
internal static class SummaryReader
{
    /// <summary>Returns the summary; null if it is not known which run it is.</summary>
    public static JournalSummary? TryRead(string directory, RunId id)
    {
        JournalReader reader;
        try
        {
            reader = JournalReader.Open(directory);
        }
        catch (JournalException)
        {
            return null;
        }

        if (reader.Entry.Id != id)
            return null;
        var summary = Begin(reader.Entry);
        try
        {
            var results = RunResults.Read(reader);
            return summary with
            {
                State = results.State,
                ExitCode = results.End?.ExitCode,
                Succeeded = results.End is null ? 0 : results.Results.Count(result => result.Succeeded),
                Elapsed = results.End?.Time,
                Bytes = GetSize(directory),
            };
        }
        catch (JournalException)
        {
            return summary with { State = JournalState.Damaged, Bytes = GetSize(directory) };
        }
    }

    /// <summary>Returns the summary of a run that begins.</summary>
    public static JournalSummary Begin(JournalEntry entry) => new()
    {
        Id = entry.Id,
        Number = entry.Number,
        StartedAt = entry.StartedAt,
        Title = entry.Title,
        Targets = entry.Targets.Length,
        Hosts = IndexFile.Fold(entry.Targets),
    };

    /// <summary>Returns the size of the files of a run, in bytes; 0 if it can't be read.</summary>
    public static long GetSize(string directory)
    {
        try
        {
            return new DirectoryInfo(directory).EnumerateFiles().Sum(file => file.Length);
        }
        catch (Exception failure) when (SystemMessage.IsFileFailure(failure))
        {
            return 0;
        }
    }
}
