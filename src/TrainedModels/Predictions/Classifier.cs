using MiniBatch.Graphics.Images;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Weights;
using MiniBatch.Shared.Workloads;
using MiniBatch.Worker.Computation;
using TorchSharp;
using static TorchSharp.torch;

namespace MiniBatch.TrainedModels.Predictions;

/// <summary>A trained model that says what images are. On the CPU, one thread, with the run's own kernels where this machine has
/// them: so a split's figures are those that the run had.</summary>
public sealed class Classifier : IDisposable
{
    private readonly string _path;
    private readonly nn.Module<Tensor, Tensor> _model;
    private readonly BatchTensors _batch = new();
    private readonly Workload _workload;

    /// <summary>Loads libtorch, unless it is.</summary>
    /// <exception cref="WeightsException">The file's tensors are not those of its workload's model.</exception>
    public Classifier(TrainedModel trained)
    {
        _workload = trained.Workload;
        _path = trained.Path;
        _model = StateDict.LoadToEvaluate(trained);
    }

    /// <summary>What an image is.</summary>
    /// <param name="image">28×28, as the dataset's are.</param>
    /// <exception cref="WeightsException">What the model says is no number.</exception>
    public Prediction Predict(GreyImage image)
    {
        var (logits, _, _) = EvaluationBlock.Compute(_model, _workload.Objective, _batch, new LabelledImages(image.Pixels, [0], image.Height, image.Width), new[] { 0 });
        return Says(logits, "the image");
    }

    /// <summary>What all samples of a split are, in the blocks of a run's evaluation.</summary>
    /// <param name="split">"train" or "test".</param>
    /// <param name="data">Its samples.</param>
    /// <param name="worstMax">The most mistakes that are listed.</param>
    /// <exception cref="WeightsException">What the model says of a sample is no number.</exception>
    public SplitReport Evaluate(string split, LabelledImages data, int worstMax)
    {
        var predictions = new List<Prediction>(data.Count);
        var lossSum = 0.0;
        for (var block = 0; predictions.Count < data.Count; block++)
        {
            var samples = EvaluationBlock.SamplesOf(block, data.Count);
            var (logits, blockLossSum, _) = EvaluationBlock.Compute(_model, _workload.Objective, _batch, data, samples);
            predictions.AddRange(logits.Chunk(logits.Length / samples.Length).Select((row, i) => Says(row, $"sample {samples[i]}")));
            lossSum += blockLossSum;
        }
        return SplitReport.Of(_workload, split, predictions, data.Labels, lossSum, worstMax);
    }

    /// <summary>A model whose weights are finite and too large answers with infinity, or NaN: that is no class, and never right.</summary>
    private Prediction Says(float[] logits, string what) => logits.All(float.IsFinite)
        ? Prediction.OfLogits(logits)
        : throw new WeightsException($"{_path} says of {what} what is no number: its training exploded, and it predicts nothing");

    /// <inheritdoc />
    public void Dispose()
    {
        _batch.Dispose();
        _model.Dispose();
    }
}
