using System.Runtime.InteropServices;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Workloads;
using MiniBatch.Worker.Computation;
using TorchSharp;
using static TorchSharp.torch;

namespace MiniBatch.Explain.Steps;

/// <summary>The model of a table's workload, to be asked for single rows: slots give sums only.</summary>
public sealed class TableModel : IDisposable
{
    private readonly Workload _workload;
    private readonly Table _table;
    private readonly nn.Module<Tensor, Tensor> _model;
    private readonly ModelVector _vector;
    private readonly BatchTensors _batch = new();

    /// <summary>A model whose parameters are to be loaded.</summary>
    /// <param name="workload">One without buffers.</param>
    /// <param name="table">Its samples.</param>
    public TableModel(Workload workload, Table table)
    {
        (_workload, _table) = (workload, table);
        _model = workload.CreateModel();
        _vector = new ModelVector(_model, workload.Objective);
    }

    /// <summary>Takes over parameters.</summary>
    /// <param name="parameters">float32[parameterCount].</param>
    public void Load(ReadOnlySpan<float> parameters) => _vector.Load(parameters);

    /// <summary>What the model says of a row, and what that costs.</summary>
    public (float[] Outputs, double Loss) Ask(int sample)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        var (inputs, targets) = _batch.Gather(_table, new[] { sample }, _workload.Objective.HasClasses);
        var outputs = _model.call(inputs);                                                      // [1, outputs]
        var loss = _workload.Objective.Loss(outputs, targets, LossReduction.Sum).item<float>();
        return (MemoryMarshal.Cast<byte, float>(outputs.bytes).ToArray(), loss);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _batch.Dispose();
        _model.Dispose();
    }
}
