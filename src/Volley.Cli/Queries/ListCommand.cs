using System.Globalization;
using System.Text.Json;
using Volley.Cli.Options;
using Volley.Cli.Output;
using Volley.Cli.Output.Json;
using Volley.Cli.Terminal;
using Volley.Interop.Text;
using Volley.Inventory;

namespace Volley.Cli.Queries;

/// <summary>The command <c>volley list</c>: shows the sources of hosts, and their groups with their sizes.</summary>
/// <param name="request">The request.</param>
/// <param name="writer">The destination.</param>
internal sealed class ListCommand(ListRequest request, TerminalWriter writer)
{
    private const int MaxHostsLength = 80;

    private HostSources Sources => request.Sources.Get(areNeeded: true);

    /// <summary>Returns 0, or 1 if a source or a group can't be read.</summary>
    /// <exception cref="UsageException">There is no source of a given name.</exception>
    public async Task<int> RunAsync()
    {
        var names = request.Names;
        var listings = await Sources.ListAsync(names.Count == 0 ? null : names.Contains);
        if (names.FirstOrDefault(name => listings.All(listing => listing.Name != name)) is { } unknown)
            throw new UsageException(await Sources.DescribeMissingAsync(unknown));
        if (request.IsJson)
            JsonDocumentWriter.Print(writer, json => Write(json, listings));
        else
            PrintTables(listings);
        return listings.Any(listing => listing.HasFailure) ? ExitCodes.Failure : 0;
    }

    private void PrintTables(IReadOnlyList<HostSourceListing> listings)
    {
        writer.PrintOut(TextTable.Format(
        [
            ["SOURCE", "GROUPS", "HOSTS", "FROM"],
            .. listings.Select(listing => new[]
            {
                listing.Name,
                listing.Failure is null ? Format(listing.Groups.Count) : "-",
                listing.HostCount is { } count ? Format(count) : "-",
                listing.Failure is { } failure ? $"error: {failure}" : listing.Location,
            }),
        ]));
        string[][] groups =
        [
            .. from listing in listings
               from grouped in listing.Groups
               where !IsHost(grouped)
               select new[]
               {
                   $"@{listing.Name}:{grouped.Name}",
                   grouped.Failure is null ? Format(grouped.Hosts.Count) : "-",
                   grouped.Failure is { } failure ? $"error: {failure}" : Shorten(HostList.Fold(grouped.Hosts.Select(host => host.ToString()))),
               },
        ];
        if (groups.Length > 0)
            writer.PrintOut("\n" + TextTable.Format([["GROUP", "SIZE", "HOSTS"], .. groups]));
    }

    /// <summary>Returns whether a group only stands for the host of its name, as each Host line of ssh_config does.</summary>
    private static bool IsHost(HostGroupListing listing) => listing.Hosts is [var host] && host.ToString() == listing.Name;

    private static string Format(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Shorten(string hosts) => hosts.Length <= MaxHostsLength ? hosts : hosts[..(MaxHostsLength - 3)] + "...";

    private void Write(Utf8JsonWriter json, IReadOnlyList<HostSourceListing> listings)
    {
        json.WriteStartObject();
        json.WriteNumber("version"u8, SummaryReport.Version);
        json.WriteString("default_source"u8, Sources.DefaultSource);
        json.WriteStartArray("sources"u8);
        foreach (var listing in listings)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, SystemText.ToValid(listing.Name));
            json.WriteString("from"u8, SystemText.ToValid(listing.Location));
            WriteCount(json, listing.HostCount);
            WriteError(json, listing.Failure);
            json.WriteStartArray("groups"u8);
            foreach (var grouped in listing.Groups)
            {
                json.WriteStartObject();
                json.WriteString("name"u8, SystemText.ToValid(grouped.Name));
                WriteCount(json, grouped.Failure is null ? grouped.Hosts.Count : null);
                WriteError(json, grouped.Failure);
                json.WriteString("hosts"u8, SystemText.ToValid(HostList.Fold(grouped.Hosts.Select(host => host.ToString()))));
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteCount(Utf8JsonWriter json, int? count)
    {
        if (count is { } number)
            json.WriteNumber("size"u8, number);
        else
            json.WriteNull("size"u8);
    }

    private static void WriteError(Utf8JsonWriter json, string? error)
    {
        if (error is not null)
            json.WriteString("error"u8, SystemText.ToValid(error));
    }
}
