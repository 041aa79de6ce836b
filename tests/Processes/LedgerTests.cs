using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MiniBatch.Processes.Harness;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Numerics;
using MiniBatch.Shared.Runs;
using Xunit.Abstractions;

namespace MiniBatch.Processes;

/// <summary>The ledger proves what was applied: every planned sample once, every step once, in a chain.</summary>
[Collection(OneAtATime.Name)]
public sealed class LedgerTests(RealData data, ITestOutputHelper output)
{
    private const string ChainField = ",\"chain\":\"";

    [Fact]
    public void Ledger_has_every_step_once_and_in_order()
    {
        var run = data.Undisturbed(Job.Fashion, workers: 2, output);
        var expected =
            from epoch in Enumerable.Range(1, run.Spec.Epochs)
            from step in Enumerable.Range(1, run.Spec.StepsPerEpoch)
            select ((long)(((epoch - 1) * run.Spec.StepsPerEpoch) + step), epoch);
        Assert.Equal(expected, run.Steps.Select(step => (step.Step, step.Epoch)));
        Assert.Equal(run.Summary.Steps, run.Steps.Count);
    }

    [Fact]
    public void Ledger_of_dropped_remainder_accounts_for_the_samples_of_the_plan() =>
        AssertSlotsHaveThePlannedBytes(data.Undisturbed(Job.Fashion, workers: 3, output), DatasetCatalog.FashionMnist);

    [Fact]
    public void Ledger_of_kept_remainder_accounts_for_every_sample()
    {
        var job = new Job("mnist-softmax", "--epochs 2 --limit-train 1037 --limit-test 500 --batch 50 --last-batch keep --seed 16");
        var run = data.Undisturbed(job, workers: 2, output);
        AssertSlotsHaveThePlannedBytes(run, DatasetCatalog.Mnist);
        Assert.Equal(2 * 1037, run.Steps.SelectMany(step => step.Slots).Sum(slot => slot.Samples));
    }

    [Fact]
    public void Ledger_lines_are_chained_by_their_hashes()
    {
        var run = data.Undisturbed(Job.Fashion, workers: 2, output);
        var chain = new string('0', 64);
        foreach (var line in run.LedgerLines)
        {
            // The chain's hash covers the line as it was before the chain took the place of its closing brace.
            var text = line[..line.IndexOf(ChainField, StringComparison.Ordinal)] + "}";
            chain = Convert.ToHexStringLower(SHA256.HashData([.. Convert.FromHexString(chain), .. Encoding.UTF8.GetBytes(text)]));
            Assert.Equal($"{text[..^1]}{ChainField}{chain}\"}}", line);
        }
    }

    [Fact]
    public void Ledgers_of_one_and_three_workers_differ_only_in_who_and_when()
    {
        var alone = data.Undisturbed(Job.Fashion, workers: 1, output);
        var together = data.Undisturbed(Job.Fashion, workers: 3, output);
        Assert.Equal(alone.Steps.Select(step => step.Computed), together.Steps.Select(step => step.Computed));
        Assert.All(new[] { "loss", "correct", "learningRate", "gradientNorm", "samples", "crc" }, field =>
            Assert.Contains($"\"{field}\":", alone.Steps[0].Computed, StringComparison.Ordinal));
    }

    private void AssertSlotsHaveThePlannedBytes(FinishedRun run, DatasetDescription description)
    {
        var train = ImageDataset.Load(description, Path.Combine(data.Root, description.Name), run.Spec.TrainCount).Train;
        foreach (var epoch in run.Steps.GroupBy(step => step.Epoch))
        {
            var plan = run.Spec.PlanOf(epoch.Key);
            Assert.Equal(plan.PlannedSamples, epoch.SelectMany(step => step.Slots).Sum(slot => slot.Samples));
            foreach (var (step, index) in epoch.Select((step, index) => (step, index)))
            {
                var planned = Enumerable.Range(0, plan.Slots).Select(slot => plan.SlotSamples(index, slot).ToArray());
                Assert.Equal(
                    planned.Select(samples => (samples.Length, CrcOf(train, samples))),
                    step.Slots.Select(slot => (slot.Samples, slot.Crc)));
            }
        }
    }

    private static string CrcOf(LabelledImages images, int[] samples)
    {
        var bytes = samples.SelectMany(sample => images.Image(sample).ToArray().Append(images.Labels[sample]));
        return Crc32C.Of(bytes.ToArray()).ToString("x8", CultureInfo.InvariantCulture);
    }
}
