using Volley.Ssh.Config.Syntax;

namespace Volley.Ssh.Config.Keywords;

/// <summary>A setting whose first value wins. Null means that the setting has no value.</summary>
internal sealed class FirstValue<T>
{
    public T? Value { get; private set; }

    public ConfigPlace Place { get; private set; }

    public bool IsSet => Value is not null;

    public void Offer(T? value, ConfigPlace place)
    {
        if (IsSet || value is null)
            return;
        Value = value;
        Place = place;
    }
}
