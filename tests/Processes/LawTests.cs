using MiniBatch.Processes.Harness;
using Xunit.Abstractions;

namespace MiniBatch.Processes;

/// <summary>The whole matrix of the law: every model, every optimizer, one, two, three and five workers, of which one is a spare.</summary>
[Collection(OneAtATime.Name)]
[Trait("Group", "Long")]
public sealed class LawTests(RealData data, ITestOutputHelper output)
{
    public static TheoryData<string, string> Matrix
    {
        get
        {
            var matrix = new TheoryData<string, string>();
            foreach (var workload in new[] { "mnist-softmax", "mnist-mlp", "mnist-cnn", "fashion-softmax", "fashion-mlp", "fashion-cnn" })
            {
                foreach (var optimizer in new[] { "sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw" }) matrix.Add(workload, optimizer);
            }
            return matrix;
        }
    }

    [Theory]
    [MemberData(nameof(Matrix))]
    public void Hashes_do_not_depend_on_the_number_of_workers(string workload, string optimizer)
    {
        var job = Job.Any(workload, optimizer);
        var alone = data.Undisturbed(job, workers: 1, output);
        foreach (var workers in new[] { 2, 3, 5 })
        {
            var together = data.Undisturbed(job, workers, output);
            Assert.Equal(workers, together.Summary.Workers);
            // Four slots: the fifth worker stands by.
            Assert.Equal(Math.Min(workers, 4), together.Steps.SelectMany(step => step.Slots).Select(slot => slot.Worker).Distinct().Count());
            Assert.Equal(alone.Hashes, together.Hashes);
            Assert.Equal(alone.Summary.TestAccuracy, together.Summary.TestAccuracy);
        }
    }
}
