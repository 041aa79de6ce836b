using System.Text;

namespace MiniBatch.Shared.Processes;

/// <summary>
/// Standard output of a node, which never decides how a run ends: what can't be written, because the disk under it is full or its
/// terminal has gone, is lost.
/// </summary>
/// <param name="output">What is written to.</param>
public sealed class LastingOutput(TextWriter output) : TextWriter
{
    /// <summary>Has everything that this process writes to standard output go this way, from now on.</summary>
    public static void Install() => Console.SetOut(new LastingOutput(Console.Out));

    /// <inheritdoc />
    public override Encoding Encoding => output.Encoding;

    /// <inheritdoc />
    public override void Write(char value) => Try(value, output.Write);

    /// <inheritdoc />
    public override void Write(string? value) => Try(value, output.Write);

    /// <inheritdoc />
    public override void Write(char[] buffer, int index, int count) => Try(new string(buffer, index, count), output.Write);

    /// <inheritdoc />
    public override void Write(ReadOnlySpan<char> buffer) => Try(new string(buffer), output.Write);

    /// <inheritdoc />
    public override void WriteLine(string? value) => Try(value, output.WriteLine);

    /// <inheritdoc />
    public override void Flush() => Try(output, static to => to.Flush());

    private static void Try<T>(T value, Action<T> write)
    {
        try
        {
            write(value);
        }
        catch (IOException)
        {
            // Nobody can be told.
        }
    }
}
