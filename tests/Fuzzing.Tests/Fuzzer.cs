using System.Diagnostics;
using Xunit.Abstractions;

namespace MiniBatch.Fuzzing.Tests;

/// <summary>Gives a target its inputs, and says which one it did not bear.</summary>
/// <param name="target">What reads.</param>
/// <param name="output">Told the counts.</param>
internal sealed class Fuzzer(FuzzTarget target, ITestOutputHelper output)
{
    private const ulong Seed = 20261129;

    /// <summary>Far more than any input takes, also on a machine that does a lot besides: a reader that takes so long does not end.</summary>
    private static readonly TimeSpan HangLimit = TimeSpan.FromSeconds(90);

    private readonly Mutator _mutator = new(target.Corpus, Seed);
    private volatile int _current;
    private Exception? _failed;
    private int _read;
    private int _refused;

    /// <summary>Reads so many inputs, on a thread of its own: one that never ends is found as well.</summary>
    public void Run(int inputs)
    {
        var clock = Stopwatch.StartNew();
        var thread = new Thread(() => ReadAll(inputs)) { IsBackground = true, Name = target.Name };
        thread.Start();
        var (last, since) = (0, clock.Elapsed);
        while (!thread.Join(TimeSpan.FromSeconds(1)))
        {
            if (_current != last) (last, since) = (_current, clock.Elapsed);
            else if (clock.Elapsed - since > HangLimit) Assert.Fail($"{target.Name} does not come to an end with {Describe(_current)}");
        }
        output.WriteLine($"{target.Name}: {_read:N0} read, {_refused:N0} refused, {clock.Elapsed.TotalSeconds:0.0} s");
        if (_failed is not null) Assert.Fail($"{target.Name} did not bear {Describe(_current)}\n{_failed}");
        // Those that are left as they are.
        Assert.True(_read >= inputs / Mutator.SoundEvery, $"{target.Name} refused sound inputs: {_read} were read");
        Assert.True(_refused > 0, $"{target.Name} took everything");
    }

    /// <summary>Input number i, as it is read.</summary>
    public byte[] Input(int i)
    {
        var input = _mutator.Input(i);
        return i % 2 == 1 ? target.Repaired(input) ?? input : input;
    }

    private void ReadAll(int inputs)
    {
        try
        {
            for (var i = 0; i < inputs; i++)
            {
                _current = i;
                var input = Input(i);
                var before = GC.GetAllocatedBytesForCurrentThread();
                if (target.Read(input)) _read++;
                else _refused++;
                var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
                if (allocated > target.BytesMax(input.Length)) throw new InvalidOperationException($"it took {allocated:N0} bytes of memory");
            }
        }
        catch (Exception e)
        {
            _failed = e;
        }
    }

    private string Describe(int i)
    {
        var input = Input(i);
        var shown = input.AsSpan(0, Math.Min(input.Length, 600));
        return $"input {i}, {input.Length} bytes: {Convert.ToHexString(shown)}\n{System.Text.Encoding.Latin1.GetString(shown)}";
    }
}
