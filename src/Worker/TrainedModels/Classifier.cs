using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Images;
using MiniBatch.Shared.Predictions;
using MiniBatch.Shared.Weights;
using MiniBatch.Shared.Workloads;
using MiniBatch.Worker.Computation;
using TorchSharp;
using static TorchSharp.torch;

namespace MiniBatch.Worker.TrainedModels;

/// <summary>A trained model that says what images are. On the CPU, one thread, with the run's own kernels where this machine has
/// them: so a split's figures are those that the run had.</summary>
public sealed class Classifier : IDisposable
{
    private readonly nn.Module<Tensor, Tensor> _model;
    private readonly BatchTensors _batch = new();
    private readonly Workload _workload;

    /// <summary>Loads libtorch, unless it is.</summary>
    /// <exception cref="WeightsException">The file's tensors are not those of its workload's model.</exception>
    public Classifier(TrainedModel trained)
    {
        _workload = trained.Workload;
        _model = ModelState.LoadToEvaluate(trained);
    }

    /// <summary>What an image is.</summary>
    /// <param name="image">28×28, as the dataset's are.</param>
    public Prediction Predict(GreyImage image)
    {
        var (logits, _, _) = EvaluationBlock.Compute(_model, _workload.Objective, _batch, new LabelledImages(image.Pixels, [0], image.Height, image.Width), new[] { 0 });
        return Prediction.OfLogits(logits);
    }

    /// <summary>What all samples of a split are, in the blocks of a run's evaluation.</summary>
    /// <param name="split">"train" or "test".</param>
    /// <param name="data">Its samples.</param>
    /// <param name="worstMax">The most mistakes that are listed.</param>
    public SplitReport Evaluate(string split, LabelledImages data, int worstMax)
    {
        var predictions = new List<Prediction>(data.Count);
        var lossSum = 0.0;
        for (var block = 0; predictions.Count < data.Count; block++)
        {
            var samples = EvaluationBlock.SamplesOf(block, data.Count);
            var (logits, blockLossSum, _) = EvaluationBlock.Compute(_model, _workload.Objective, _batch, data, samples);
            predictions.AddRange(logits.Chunk(logits.Length / samples.Length).Select(row => Prediction.OfLogits(row)));
            lossSum += blockLossSum;
        }
        return SplitReport.Of(_workload, split, predictions, data.Labels, lossSum, worstMax);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _batch.Dispose();
        _model.Dispose();
    }
}
