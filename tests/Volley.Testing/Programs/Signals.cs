namespace Volley.Testing;

/// <summary>Signal numbers, the same on every Linux that .NET runs on.</summary>
public static class Signals
{
    public const int HangUp = 1;
    public const int Interrupt = 2;
    public const int Quit = 3;
    public const int Kill = 9;
    public const int User1 = 10;
    public const int Pipe = 13;
    public const int Terminate = 15;
    public const int Continue = 18;
    public const int Stop = 19;
}
