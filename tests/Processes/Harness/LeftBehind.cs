using System.Buffers;
using System.Globalization;
using MiniBatch.Shared.Ledger;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Processes.Harness;

/// <summary>What a coordinator that was killed left on the disk, and ways to spoil it.</summary>
internal static class LeftBehind
{
    /// <summary>Its checkpoints, the newest first.</summary>
    public static IReadOnlyList<string> Checkpoints(RunDirectory directory) => Directory.Exists(directory.Checkpoints)
        ? [.. Directory.GetFiles(directory.Checkpoints, "*.safetensors").OrderDescending(StringComparer.Ordinal)]
        : [];

    /// <summary>The version that goes on from: the newest checkpoint's, or 0 where there is none.</summary>
    public static int NewestVersion(RunDirectory directory) => Checkpoints(directory) is [var newest, ..] ? VersionOf(newest) : 0;

    /// <summary>The version that the name of a checkpoint, or of the temporary file of one, states.</summary>
    public static int VersionOf(string checkpoint) =>
        int.Parse(Path.GetFileName(checkpoint).Split('.')[0], CultureInfo.InvariantCulture);

    /// <summary>Whole lines of the ledger.</summary>
    public static int Steps(RunDirectory directory)
    {
        using var lines = new LineCounter(directory.Ledger);
        return lines.Count();
    }

    /// <summary>Flips one bit in the middle of a file.</summary>
    public static void FlipByte(string path)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(path, bytes);
    }

    /// <summary>Cuts a file to half its length.</summary>
    public static void Truncate(string path)
    {
        using var file = new FileStream(path, FileMode.Open);
        file.SetLength(file.Length / 2);
    }

    /// <summary>
    /// Changes the last digit of one step's loss in the ledger as somebody would who knows the format: every chain from there
    /// on is made anew, so that no line by itself gives it away.
    /// </summary>
    public static void Forge(RunDirectory directory, int step)
    {
        var forged = new ArrayBufferWriter<byte>();
        var (readChain, writeChain) = (LedgerCodec.ChainStart, LedgerCodec.ChainStart);
        foreach (var text in File.ReadAllLines(directory.Ledger))
        {
            (var line, readChain) = LedgerCodec.Read(System.Text.Encoding.UTF8.GetBytes(text), readChain);
            if (line.Step == step) line = line with { Loss = Math.BitIncrement(line.Loss) };
            writeChain = LedgerCodec.Write(forged, line, writeChain);
        }
        File.WriteAllBytes(directory.Ledger, forged.WrittenSpan);
    }

    /// <summary>Copies a run directory, without the address that a dead coordinator left in it.</summary>
    public static void Copy(RunDirectory from, RunDirectory to)
    {
        foreach (var path in Directory.GetFiles(from.Root, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(to.Root, Path.GetRelativePath(from.Root, path));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            if (path != from.CoordinatorAddress) File.Copy(path, copy);
        }
    }
}
