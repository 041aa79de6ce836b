using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using System.Threading.Channels;
using MiniBatch.Coordinator.ParameterServer;

namespace MiniBatch.Coordinator.Recording;

/// <summary>
/// The run's ledger, <c>steps.jsonl</c>: one line a committed step, each with a hash over its own text and the hash of the
/// line before, so that no line can be changed, dropped or added unseen. Written by a task of its own: a step never waits
/// for the disk.
/// </summary>
public sealed class Ledger : IAsyncDisposable
{
    private const string ChainStart = "0000000000000000000000000000000000000000000000000000000000000000";

    private readonly Channel<CommittedStep> _steps = Channel.CreateUnbounded<CommittedStep>(
        new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private readonly FileStream _file;
    private readonly Task _writing;
    private string _chain = ChainStart;

    /// <summary>Opens the file, which must not exist.</summary>
    public Ledger(string path)
    {
        _file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 1 << 16);
        _writing = Task.Run(WriteAll);
    }

    /// <summary>Hands over a step; never blocks.</summary>
    public void Add(CommittedStep step) => _steps.Writer.TryWrite(step);

    /// <summary>Whether writing has failed, and why: a full disk, say. The run must end.</summary>
    public Task<string> Failed => _failed.Task;

    private readonly TaskCompletionSource<string> _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Writes what was handed over, and syncs it.</summary>
    public async ValueTask DisposeAsync()
    {
        _steps.Writer.TryComplete();
        await _writing;
        await _file.DisposeAsync();
    }

    private async Task WriteAll()
    {
        var line = new ArrayBufferWriter<byte>(1024);
        try
        {
            while (await _steps.Reader.WaitToReadAsync())
            {
                while (_steps.Reader.TryRead(out var step))
                {
                    line.Clear();
                    _chain = Write(line, step, _chain);
                    _file.Write(line.WrittenSpan);
                }
                await _file.FlushAsync();
            }
            _file.Flush(flushToDisk: true);
        }
        catch (IOException e)
        {
            _failed.TrySetResult($"can't write {_file.Name}: {e.Message}");
        }
    }

    /// <summary>One line, and the chain after it: SHA-256 over the chain before it and the line without its chain.</summary>
    private static string Write(ArrayBufferWriter<byte> line, CommittedStep step, string chain)
    {
        using (var json = new Utf8JsonWriter(line))
        {
            json.WriteStartObject();
            json.WriteNumber("step", step.Step);
            json.WriteNumber("epoch", step.Epoch);
            json.WriteNumber("generation", step.Generation.Value);
            json.WriteNumber("loss", step.MeanLoss);
            json.WriteNumber("correct", step.CorrectCount);
            json.WriteNumber("learningRate", step.Update.LearningRate);
            json.WriteNumber("gradientNorm", step.Update.GradientNorm);
            json.WriteNumber("milliseconds", Math.Round(step.Elapsed.TotalMilliseconds, 3));
            json.WriteStartArray("slots");
            foreach (var slot in step.Slots)
            {
                json.WriteStartObject();
                json.WriteString("worker", slot.Worker.Name);
                json.WriteNumber("samples", slot.Samples);
                json.WriteString("crc", slot.SampleCrc.ToString("x8"));
                json.WriteNumber("computeMicroseconds", slot.ComputeMicroseconds);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Convert.FromHexString(chain));
        hash.AppendData(line.WrittenSpan);
        var next = Convert.ToHexStringLower(hash.GetHashAndReset());

        // The chain takes the place of the closing brace.
        var tail = $",\"chain\":\"{next}\"}}\n";
        var withChain = line.WrittenCount - 1;
        var text = line.WrittenSpan[..withChain].ToArray();
        line.Clear();
        line.Write(text);
        line.Write(System.Text.Encoding.ASCII.GetBytes(tail));
        return next;
    }
}
