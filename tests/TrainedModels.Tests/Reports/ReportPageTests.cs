using System.Buffers;
using System.Xml.Linq;
using MiniBatch.Shared.Ledger;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Workloads;
using MiniBatch.TrainedModels.Predictions;
using MiniBatch.TrainedModels.Reports;
using MiniBatch.Worker.Tests;

namespace MiniBatch.TrainedModels.Tests.Reports;

public sealed class ReportPageTests : IDisposable
{
    private const string Markup = "<script>alert('1')</script> & \"more\"";

    private readonly RunDirectory _directory = new(Directory.CreateTempSubdirectory("minibatch-test-").FullName);

    public void Dispose() => Directory.Delete(_directory.Root, recursive: true);

    [Fact]
    public void Markup_in_names_and_messages_is_shown_as_text()
    {
        var spec = Runs.Spec() with { Workload = $"workload {Markup}", Run = new RunId($"run {Markup}") };
        var page = ReportPage.Write(Report(spec, new ModelFindings.None($"model {Markup}")) with
        {
            Progress = new ReportedProgress("failed", $"reason {Markup}", 1, 1, [], null),
            Ledger = LedgerDigest.Of([Lines.Of(1, 0.5, ($"worker {Markup}", 24, 1000))], lastCount: 20),
            Warnings = new Warnings([new Warning(DateTimeOffset.UnixEpoch, $"node {Markup}", $"warning {Markup}")], 1),
        });

        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        var said = XDocument.Parse(page).Root!.Value;
        Assert.All(
            new[] { "workload", "run", "model", "reason", "worker", "node", "warning" },
            what => Assert.Contains($"{what} {Markup}", said, StringComparison.Ordinal));
    }

    [Fact]
    public void Confusion_matrix_has_what_an_image_is_in_rows_and_what_it_was_taken_for_in_columns()
    {
        var split = new SplitReport
        {
            Workload = "mnist-softmax", Dataset = "mnist", Split = "test", ClassNames = ["cat", "dog"], Samples = 10, Correct = 6, Accuracy = 0.6, Loss = 1,
            ConfusionMatrix = [[5, 3], [1, 1]], Worst = [],
        };
        var page = XDocument.Parse(ReportPage.Write(Report(Runs.Spec(), new ModelFindings.OfImages(split, [], []))));

        var rows = page.Descendants("table").Single(table => table.Attribute("class")?.Value == "matrix").Descendants("tr").Select(row => row.Elements().Select(cell => cell.Value));
        Assert.Equal([["", "0", "1", "right"], ["0 cat", "5", "3", "62.5 %"], ["1 dog", "1", "1", "50.0 %"]], rows);
    }

    [Fact]
    public void Run_without_a_summary_is_told_as_far_as_its_ledger_and_epochs_go()
    {
        var spec = Runs.Spec();
        RunDirectory.WriteJson(_directory.Spec, spec);
        WriteLedger(steps: 25, tail: "{\"step\":26,");
        File.WriteAllText(_directory.Epochs,
            "epoch,trainLoss,testLoss,testAccuracy,seconds,samplesPerSecond\n1,0.9,0.8,0.75,2.000,100\n2,0.7,,,1.000,250\n3,0.");

        var report = RunReport.Read(_directory, data: null, _ => { });
        var page = XDocument.Parse(ReportPage.Write(report));

        var progress = report.Progress;
        Assert.Equal(("unfinished", 25, 2, 150.0), (progress.Outcome, progress.Steps, progress.Workers, progress.SamplesPerSecond));
        Assert.Equal([new EpochSummary(1, 0.9, 0.8, 0.75, 2, 100), new EpochSummary(2, 0.7, null, null, 1, 250)], progress.Epochs);
        Assert.Equal(0.75, progress.TestAccuracy);
        Assert.Contains($"unfinished, it has written no summary: it is under way, or was killed and goes on with ./cluster train --resume {_directory.Root}", page.Root!.Value);
        Assert.DoesNotContain("faults seen", page.Root.Value);
        Assert.Contains("The run has left no model.", page.Root.Value);
    }

    private static RunReport Report(RunSpec spec, ModelFindings model) => new()
    {
        Spec = spec,
        Progress = new ReportedProgress("unfinished", "", 0, 0, [], null),
        Summary = null,
        Workload = WorkloadCatalog.Get("mnist-softmax"),
        Ledger = LedgerDigest.Of([], lastCount: 20),
        Warnings = new Warnings([], 0),
        Model = model,
    };

    private void WriteLedger(int steps, string tail)
    {
        var bytes = new ArrayBufferWriter<byte>();
        var chain = LedgerCodec.ChainStart;
        for (var step = 1; step <= steps; step++) chain = LedgerCodec.Write(bytes, Lines.Of(step, 0.5, ("worker-1", 12, 300), ("worker-2", 12, 400)), chain);
        bytes.Write(System.Text.Encoding.UTF8.GetBytes(tail));
        File.WriteAllBytes(_directory.Ledger, bytes.WrittenSpan.ToArray());
    }
}
