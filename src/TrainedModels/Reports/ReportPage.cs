using System.Text;
using System.Xml.Linq;
using MiniBatch.Graphics.Plots;
using MiniBatch.Shared.Runs;
using static MiniBatch.TrainedModels.Reports.Html;

namespace MiniBatch.TrainedModels.Reports;

/// <summary>A run's report as one page that needs nothing else: no network, no script, no font.</summary>
public static class ReportPage
{
    /// <summary>Pixels for which a curve is drawn: a telephone's width, a third of a desk's.</summary>
    private const int PlotWidth = 400;

    private const int EpochRowsMax = 30;

    /// <summary>The page's text.</summary>
    public static string Write(RunReport report)
    {
        var page = El("html", new XAttribute("lang", "en"),
            El("head",
                El("meta", new XAttribute("charset", "utf-8")),
                El("meta", new XAttribute("name", "viewport"), new XAttribute("content", "width=device-width, initial-scale=1")),
                El("meta", new XAttribute("name", "color-scheme"), new XAttribute("content", "light dark")),
                El("title", $"{report.Spec.Workload}: {report.Spec.Run.Value}"),
                El("style", StyleSheet())),
            El("body",
                Head(report),
                El("main", Curves(report), ModelSections.Of(report), Workers(report), Epochs(report.Progress), Faults(report), Identity(report), Spec(report)),
                El("footer", Text($"Made by MiniBatch {ProgramVersion.Current} from what the run left in its directory; ./cluster report makes it again, ./cluster verify checks the ledger."))));
        return new StringBuilder("<!DOCTYPE html>\n").Append(page.ToString(SaveOptions.DisableFormatting)).Append('\n').ToString();
    }

    private static XElement Head(RunReport report)
    {
        var (progress, spec) = (report.Progress, report.Spec);
        (string, object?)[] figures =
        [
            ("test accuracy", progress.TestAccuracy is { } accuracy ? Text($"{accuracy:0.0000}") : null),
            ("test loss", progress.LastEvaluated is { } last ? Text($"{last.TestLoss:G4}") : null),
            ("epochs", Text($"{spec.EpochsBefore + progress.Epochs.Count:N0}") + (spec.EpochsBefore + progress.Epochs.Count < spec.Epochs ? Text($" of {spec.Epochs:N0}") : "")),
            ("steps", Text($"{progress.Steps:N0}")),
            ("samples a second", progress.SamplesPerSecond is { } rate ? Text($"{rate:N0}") : null),
            ("workers", Text($"{progress.Workers}")),
            ("seconds in all", report.Summary is { } ended ? Text($"{ended.Seconds:N1}") : null),
            ("faults seen", report.Summary is { } counted ? Text($"{counted.Faults.Seen}") : null),
        ];
        return El("header",
            El("h1", spec.Workload),
            Of("lead", "p", $"{report.Workload.Summary}. Run ", El("code", spec.Run.Value), ": ",
                Of(progress.Outcome == "completed" ? "good" : "bad", "strong", progress.Outcome), $", {progress.Reason}."),
            Facts("figures", figures.Where(figure => figure.Item2 is not null)));
    }

    private static XElement? Curves(RunReport report)
    {
        var width = report.Ledger.Buckets.Width;
        var plots = RunPlots.Of(report).ToList();
        if (plots.Count == 0) return null;
        return Section("Curves",
            Of(plots.Count % 2 == 0 ? "plots even" : "plots", "div", plots.Select(plot => Of(
                plot.Series[0].Name == RunPlots.Extent ? "first-faint" : "curve", "div", XElement.Parse(SvgPlot.Draw(plot, PlotWidth))))),
            Note((width == 1 ? "Every point is one update of the ledger." : Text($"Every point is {width:N0} consecutive updates of the ledger."))
            + (report.Spec.Mode.IsSynchronous
                ? " Training loss and accuracy are of each step's own batch, before its update; throughput is of training alone."
                : " Updates overlap, so throughput is known of whole epochs only.")));
    }

    private static XElement? Workers(RunReport report)
    {
        if (report.Ledger.Updates == 0) return null;
        var isSynchronous = report.Spec.Mode.IsSynchronous;
        var timeline = Timeline.Of(report.Ledger.Last, isSynchronous);
        var names = report.Ledger.Workers.Select(worker => worker.Worker).ToHashSet();
        var devices = (report.Summary?.WorkerDevices ?? []).Where(device => names.Contains(device.Worker)).ToLookup(device => device.Worker);
        var all = report.Ledger.Workers.Sum(worker => worker.Slots);
        return Section("Workers",
            Html.Table("numbers", ["worker", "device", "slots", "part of all", "compute", "send", "wait", "apply", "a slot"],
                report.Ledger.Workers.Select(worker => new object?[]
                {
                    worker.Worker, Text($"{devices[worker.Worker].FirstOrDefault()?.Device ?? "–"}"), Text($"{worker.Slots:N0}"),
                    Text($"{100.0 * worker.Slots / all:0.0} %"),
                    Part(worker.Compute, worker), Part(worker.Send, worker), isSynchronous ? Part(worker.Wait, worker) : "–", Part(worker.Apply, worker),
                    Text($"{worker.Compute / worker.Slots:0.000} ms"),
                })),
            El("h3", isSynchronous
                ? Text($"Timeline of the last {timeline.Steps.Count} steps")
                : Text($"Timeline of the last {report.Ledger.Last.Count} updates")),
            Of("legend", "p", Enum.GetValues<Activity>().Where(activity => isSynchronous || activity != Activity.Wait).Select(activity =>
                El("span", Of($"key {TimelineDrawing.Kind(activity)}", "i"), Meaning(activity)))),
            Of("scroll wide", "div", TimelineDrawing.Draw(timeline)),
            Note(isSynchronous
                ? "Measured: when each step was opened, when each gradient was in, how long the update took, and, by each worker, how long it computed. Waiting is the "
                    + "time from a worker's last gradient to the step's last; sending is what is left: parameters out, gradients back, and their queues. "
                    + "How much of it came before computing is not recorded; it is drawn after it. Evaluation between epochs is left out."
                : "Measured: how long each slot took from being dealt to being in, how long the update took, and, by its worker, how long it computed. Sending is what "
                    + "is left: parameters out, the gradient back, and their queues. Each lane's slots are laid end to end; lanes share no clock."));
    }

    private static string Part(double time, WorkerTime of) =>
        Text($"{time / 1000:0.00} s, {100 * time / Math.Max(1e-9, of.All):0} %");

    private static string Meaning(Activity activity) => activity switch
    {
        Activity.Compute => "compute",
        Activity.Send => "send: parameters out, gradients back",
        Activity.Wait => "wait for the slowest",
        _ => "apply: average, update",
    };

    private static XElement? Epochs(ReportedProgress progress)
    {
        if (progress.Epochs.Count == 0) return null;
        // Of very many those that were evaluated say the most.
        var told = progress.Epochs.Count <= EpochRowsMax ? progress.Epochs : [.. progress.Epochs.Where(epoch => epoch.TestLoss is not null)];
        var every = (told.Count + EpochRowsMax - 1) / EpochRowsMax;
        var shown = told.Where((_, i) => i % every == 0 || i == told.Count - 1).ToList();
        (string Name, Func<EpochSummary, string> Value)[] columns =
        [
            ("epoch", epoch => Text($"{epoch.Epoch}")), ("train loss", epoch => Known(epoch.TrainLoss, "G5")), ("test loss", epoch => Known(epoch.TestLoss, "G5")),
            .. progress.TestAccuracy is null ? (ReadOnlySpan<(string, Func<EpochSummary, string>)>)[] : [("test accuracy", epoch => Known(epoch.TestAccuracy, "0.0000"))],
            ("seconds", epoch => Text($"{epoch.Seconds:0.00}")), ("samples/s", epoch => Text($"{epoch.SamplesPerSecond:N0}")),
        ];
        return Section("Epochs",
            Html.Table("numbers", columns.Select(column => column.Name), shown.Select(epoch => columns.Select(column => (object?)column.Value(epoch)))),
            shown.Count < progress.Epochs.Count ? Note(Text($"{shown.Count} of {progress.Epochs.Count:N0} epochs; epochs.csv has them all.")) : null);
    }

    private static string Known(double? value, string format) => value?.ToString(format, System.Globalization.CultureInfo.InvariantCulture) ?? "–";

    private static XElement Faults(RunReport report)
    {
        var warnings = report.Warnings;
        return Section("Faults",
            report.Summary is { } summary ? Counted(summary) : Note("Faults are counted in the summary, which is written when the run ends."),
            warnings.Count == 0
                ? Note("The logs of coordinator and supervisor have no warning.")
                : Html.Table("log", ["time (UTC)", "from", "warning"], warnings.First.Select(warning => new object?[]
                {
                    Text($"{warning.Time.UtcDateTime:HH:mm:ss.fff}"), warning.Node, warning.Text,
                })),
            warnings.Count > warnings.First.Count ? Note(Text($"The first {warnings.First.Count} of {warnings.Count:N0} warnings; logs/ has them all.")) : null);
    }

    private static XElement Counted(RunSummary summary) => Facts("figures small",
    [
        ("workers or coordinators lost", Text($"{summary.Faults.Seen}")), ("coordinator restarts", Text($"{summary.Faults.CoordinatorRestarts}")),
        ("slots reassigned", Text($"{summary.Faults.SlotsReassigned:N0}")), ("late slots backed up", Text($"{summary.Faults.SlotsBackedUp:N0}")),
        ("duplicates dropped", Text($"{summary.Faults.DuplicatesDropped:N0}")), ("steps redone", Text($"{summary.Faults.StepsRedone:N0}")),
        ("updates left out", Text($"{summary.UpdatesSkipped:N0}")), ("gradients clipped", Text($"{summary.UpdatesClipped:N0}")),
    ]);

    private static XElement Identity(RunReport report)
    {
        if (report.Summary is not { } summary)
            return Section("Hashes", Facts("facts", [("dataset", Code(report.Spec.DatasetSha256))]), Note("SHA-256. The parameters' hash is known when the run ends."));
        return Section("Hashes",
            Facts("facts",
            [
                ("parameters", Code(summary.ParametersSha256)), ("state", Code(summary.StateSha256)), ("dataset", Code(report.Spec.DatasetSha256)),
                ("parameter count", Text($"{summary.ParameterCount:N0}")), ("deterministic", summary.Deterministic ? "yes" : "no"),
                ("kernels", summary.CpuCapability.ToString().ToLowerInvariant()), ("Akka.NET", summary.Engine.Akka), ("TorchSharp", summary.Engine.Torch),
                ("devices", summary.Device),
            ]),
            Note(summary.Deterministic
                ? "SHA-256. Another run of this spec with the same kernels has the same parameters, however many workers it has and whatever befalls them."
                : "SHA-256. Another run of this spec may have other parameters: updates were applied in the order in which gradients came, or on mixed arithmetic."));
    }

    private static XElement Spec(RunReport report) => Section("Spec",
        Facts("facts", SpecFacts.Of(report.Spec).Select(fact => (fact.Name, (object?)El("code", fact.Value)))));

    private static XElement Code(string hash) => El("code", hash.Length == 0 ? "none" : hash);

    /// <summary>A part of the page with its heading.</summary>
    internal static XElement Section(string title, params object?[] content) => El("section", [El("h2", title), .. content]);

    /// <summary>What is to be known of the figures above it.</summary>
    internal static XElement Note(string text) => Of("note", "p", text);

    private static string StyleSheet()
    {
        using var sheet = new StreamReader(typeof(ReportPage).Assembly.GetManifestResourceStream("report.css")!);
        return sheet.ReadToEnd();
    }
}
