using System.Text;
using System.Text.Json;
using MiniBatch.Shared.Logging;
using MiniBatch.Shared.Tests.Datasets;
using Serilog;
using Serilog.Events;

namespace MiniBatch.Shared.Tests.Logging;

/// <summary>A log file on disks of every kind: it never decides how a run ends.</summary>
public sealed class LogFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Path => _folder.File("node.jsonl");

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public void Log_on_a_full_disk_opens_writes_and_closes_without_a_word()
    {
        Skip.IfNot(File.Exists("/dev/full"), "no disk here is always full");
        File.CreateSymbolicLink(Path, "/dev/full");
        Write(Path, "one", "two");
    }

    [Fact]
    public void Stream_that_fails_at_flush_and_at_its_end_is_borne_with()
    {
        using var file = new LogFile(() => new FullDisk(), NodeLog.Json);
        using var log = new LoggerConfiguration().WriteTo.Sink(file).CreateLogger();
        log.Information("one");
    }

    [Fact]
    public void Lines_that_were_lost_are_counted_when_a_line_can_be_written_again()
    {
        var disk = new MemoryStream();
        var isFull = true;
        using var file = new LogFile(() => isFull ? throw new IOException("No space left on device") : disk, NodeLog.Json);
        using var log = new LoggerConfiguration().Enrich.WithProperty("node", "worker-1").WriteTo.Sink(file).CreateLogger();
        log.Information("one");
        log.Information("two");
        isFull = false;
        log.Information("three");

        Assert.Equal(
            ["2 lines before this one could not be written: No space left on device", "three"],
            Messages(Encoding.UTF8.GetString(disk.ToArray())));
    }

    [Fact]
    public void Half_a_line_of_a_process_that_was_killed_stays_alone()
    {
        File.WriteAllText(Path, """{"half":""");
        Write(Path, "one");
        var lines = File.ReadAllLines(Path);
        Assert.Equal("""{"half":""", lines[0]);
        Assert.Equal(["one"], Messages(lines[1]));
    }

    [Fact]
    public void File_is_gone_on_with()
    {
        Write(Path, "one");
        Write(Path, "two");
        Assert.Equal(["one", "two"], Messages(File.ReadAllText(Path)));
    }

    [Fact]
    public void Full_file_is_set_aside_and_the_newest_are_kept()
    {
        // Each line is more than a file may have.
        Write(Path, bytesMax: 10, [.. Enumerable.Range(1, 9).Select(number => $"line {number}")]);
        Assert.False(File.Exists(Path));   // full as well; the next line begins it
        Assert.Equal([6, 7, 8, 9], LogFileNames.FullOf(Path));
        Assert.Equal(["line 9"], Messages(File.ReadAllText(LogFileNames.Full(Path, 9))));
        Write(Path, "last");
        Assert.Equal(["last"], Messages(File.ReadAllText(Path)));
    }

    private static void Write(string path, params string[] messages) => Write(path, long.MaxValue, messages);

    private static void Write(string path, long bytesMax, string[] messages)
    {
        using var file = new LogFile(path, NodeLog.Json, bytesMax);
        using var log = new LoggerConfiguration().WriteTo.Sink(file).CreateLogger();
        foreach (var message in messages) log.Write(LogEventLevel.Information, "{Message:l}", message);
    }

    private static IEnumerable<string> Messages(string lines) => lines.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("@m").GetString()!);

    /// <summary>Takes nothing, and says so whenever it can.</summary>
    private sealed class FullDisk : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("No space left on device");

        public override void Flush() => throw new IOException("No space left on device");

        protected override void Dispose(bool disposing) => throw new IOException("No space left on device");
    }
}
