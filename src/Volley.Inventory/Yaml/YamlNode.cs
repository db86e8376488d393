namespace Volley.Inventory.Yaml;

/// <summary>A node of a YAML document, with its line from 1.</summary>
internal abstract record YamlNode(int Line)
{
    /// <summary>A word for the kind of the node in messages.</summary>
    public abstract string Kind { get; }

    /// <summary>Whether the node is empty or one of YAML's words for null.</summary>
    public virtual bool IsNull => false;
}

/// <summary>A scalar.</summary>
/// <param name="Line">The line.</param>
/// <param name="Value">The text.</param>
/// <param name="IsPlain">Whether it is written without quotes.</param>
internal sealed record YamlScalar(int Line, string Value, bool IsPlain) : YamlNode(Line)
{
    public override string Kind => "a text";

    public override bool IsNull => IsPlain && Value is "" or "~" or "null" or "Null" or "NULL";
}

/// <summary>A sequence.</summary>
internal sealed record YamlList(int Line, IReadOnlyList<YamlNode> Items) : YamlNode(Line)
{
    public override string Kind => "a list";
}

/// <summary>A mapping whose keys are scalars, in the order of the file. Of a key that occurs twice the last value counts.</summary>
internal sealed record YamlMap(int Line, IReadOnlyList<KeyValuePair<YamlScalar, YamlNode>> Entries) : YamlNode(Line)
{
    public override string Kind => "a mapping";

    /// <summary>Returns the value of a key, or null if there is none.</summary>
    public YamlNode? this[string key] => Entries.LastOrDefault(entry => entry.Key.Value == key).Value;
}
