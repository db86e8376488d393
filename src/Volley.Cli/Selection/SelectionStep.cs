using Volley.Inventory;

namespace Volley.Cli.Selection;

/// <summary>A step of a selection.</summary>
/// <param name="Option">The option that takes the step.</param>
/// <param name="Hosts">The hosts that it adds or leaves.</param>
/// <param name="Narrows">Whether it only leaves hosts of the steps before.</param>
internal sealed record SelectionStep(string Option, IReadOnlyList<KnownHost> Hosts, bool Narrows);
