using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Coordinator.ParameterServer;

/// <summary>
/// Gathers the sums of an evaluation's blocks, takes the first of each, and adds them in block order, so that the result
/// does not depend on who evaluated what. Pure; owned by the exchange thread.
/// </summary>
public sealed class EvaluationGather(Incarnation incarnation, RunSpec spec)
{
    private readonly BlockResult?[] _results = new BlockResult?[spec.EvaluationBlocks];
    private int _count;
    private long _version = -1;

    /// <summary>Whether all blocks are in.</summary>
    public bool IsComplete => _count == _results.Length;

    /// <summary>Opens the evaluation of a version.</summary>
    public void Open(long version)
    {
        _version = version;
        _count = 0;
        Array.Clear(_results);
    }

    /// <summary>Offers a block's sums.</summary>
    public GatherVerdict Offer(in BlockResult result)
    {
        if (result.Incarnation != incarnation) return GatherVerdict.OtherIncarnation;
        if (result.Version > _version || (uint)result.Block >= (uint)_results.Length) return GatherVerdict.Impossible;
        if (result.Version < _version || _results[result.Block] is not null) return GatherVerdict.Duplicate;
        if (result.SampleCount != Math.Min(RunSpec.EvaluationBlockSize, spec.TestCount - result.Block * RunSpec.EvaluationBlockSize))
            return GatherVerdict.Impossible;
        _results[result.Block] = result;
        _count++;
        return GatherVerdict.Accepted;
    }

    /// <summary>The sums of all blocks, in block order.</summary>
    public ExchangeReport.Evaluated Result()
    {
        var loss = 0.0;
        var correct = 0;
        var samples = 0;
        foreach (var result in _results)
        {
            loss += result!.Value.LossSum;
            correct += result.Value.CorrectCount;
            samples += result.Value.SampleCount;
        }
        return new ExchangeReport.Evaluated(_version, samples, loss / samples, correct);
    }
}
