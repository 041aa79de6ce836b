namespace MiniBatch.Fuzzing.Tests;

/// <summary>One reader of what comes from outside.</summary>
internal abstract class FuzzTarget : IDisposable
{
    /// <summary>For messages.</summary>
    public abstract string Name { get; }

    /// <summary>Sound inputs, all of which are read.</summary>
    public abstract IReadOnlyList<byte[]> Corpus { get; }

    /// <summary>Managed bytes that reading an input of so many may allocate: what a reader announces to take, and some times the input.</summary>
    public virtual long BytesMax(int length) => (16 << 20) + 64L * length;

    /// <summary>
    /// Reads an input. Errors that the reader documents are caught here; whatever else is thrown is a fault of the reader. What is
    /// read must be right: <see cref="Require"/>.
    /// </summary>
    /// <returns>Whether it was read; false where it was refused as it should be.</returns>
    public abstract bool Read(byte[] input);

    /// <summary>
    /// Makes checksums and lengths right again, so that what lies behind them is reached; every second input is repaired.
    /// Null where the format has none.
    /// </summary>
    public virtual byte[]? Repaired(byte[] input) => null;

    /// <inheritdoc />
    public virtual void Dispose()
    {
    }

    /// <summary>What was read is not what it should be.</summary>
    protected static void Require(bool holds, string what)
    {
        if (!holds) throw new InvalidOperationException($"wrongly read: {what}");
    }
}

/// <summary>A reader of files.</summary>
internal abstract class FileTarget : FuzzTarget
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("minibatch-fuzz-");

    /// <summary>A folder of the target's own.</summary>
    protected string Folder => _folder.FullName;

    /// <summary>A file in it.</summary>
    protected string PathOf(string name) => Path.Combine(_folder.FullName, name);

    /// <inheritdoc />
    public override void Dispose() => _folder.Delete(recursive: true);
}
