using System.Diagnostics;
using MiniBatch.Explain.Steps;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Workloads;
using MiniBatch.Worker.Computation;
using TorchSharp;
using static TorchSharp.torch;

namespace MiniBatch.Launcher.Bench;

/// <summary>
/// The loop that one would write without a cluster: the same model, samples and kernels, the whole batch at once, libtorch's
/// own optimizer. No ledger, no checksums, no evaluation: what a cluster costs is measured against this.
/// </summary>
public static class PlainTraining
{
    /// <summary>Trains all of the spec's epochs on this thread.</summary>
    /// <param name="spec">What to train, and how long.</param>
    /// <param name="data">The spec's.</param>
    /// <param name="place">Where to compute; null for the CPU.</param>
    public static BenchReport Run(RunSpec spec, ImageDataset data, ComputePlace? place = null)
    {
        place ??= ComputePlace.Host;
        manual_seed(unchecked((long)spec.Seed));
        using var model = place.Take(WorkloadCatalog.Get(spec.Workload).CreateModel());
        model.train();
        using var optimizer = TorchOptimizer.Create(spec.Optimizer, model.parameters());
        using var batches = place.Batches();
        var epochs = new List<BenchEpoch>(spec.Epochs);
        var loss = double.NaN;
        for (var epoch = 1; epoch <= spec.Epochs; epoch++)
        {
            // The permutation is an epoch's work in every system that is compared.
            var started = Stopwatch.GetTimestamp();
            var plan = spec.PlanOf(epoch);
            for (var step = 0; step < plan.Steps; step++)
                loss = Step(model, optimizer, batches.Gather(data.Train, plan.BatchSegment(step), classes: true), read: step == plan.Steps - 1);
            epochs.Add(new BenchEpoch(plan.PlannedSamples, Stopwatch.GetElapsedTime(started).TotalSeconds));
        }
        return new BenchReport
        {
            Engine = $"{ProgramVersion.TorchSharp}, libtorch {__version__}",
            ParameterCount = (int)model.parameters().Sum(parameter => parameter.numel()),
            LastLoss = loss,
            Epochs = epochs,
            Ended = DateTimeOffset.UtcNow,
        };
    }

    private static double Step(nn.Module<Tensor, Tensor> model, optim.Optimizer optimizer, (Tensor Images, Tensor Labels) batch, bool read)
    {
        using var scope = NewDisposeScope();
        optimizer.zero_grad();
        var logits = model.call(batch.Images);                              // [B, 10]
        var loss = nn.functional.cross_entropy(logits, batch.Labels);
        loss.backward();
        optimizer.step();
        return read ? loss.item<float>() : double.NaN;
    }
}
