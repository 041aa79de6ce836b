using System.Text.RegularExpressions;
using System.Xml.Linq;
using MiniBatch.Graphics.Images;
using MiniBatch.Processes.Harness;
using MiniBatch.Shared.Runs;
using Xunit.Abstractions;

namespace MiniBatch.Processes;

/// <summary><c>report</c> on what real runs have left, and <c>data show</c> on real images.</summary>
[Collection(OneAtATime.Name)]
public sealed partial class ReportTests(RealData data, ITestOutputHelper output) : IDisposable
{
    private readonly TestCluster _cluster = new(data, output);

    public void Dispose() => _cluster.Dispose();

    [Fact]
    public void Page_of_a_run_on_images_says_it_all_and_needs_nothing_else()
    {
        var (page, run) = Report(Job.Softmax(), workers: 1);

        Assert.Equal(
            ["Curves", "Confusion matrix", "Test images", "Worst mistakes", "Workers", "Epochs", "Faults", "Hashes", "Spec"],
            page.Descendants("h2").Select(heading => heading.Value));
        var text = page.Root!.Value;
        Assert.Contains(FormattableString.Invariant($"accuracy {run.Summary.TestAccuracy:0.0000}, loss {run.Summary.Epochs[^1].TestLoss:0.0000}"), text, StringComparison.Ordinal);
        Assert.All([run.Summary.ParametersSha256, run.Summary.StateSha256, run.Spec.DatasetSha256, run.Spec.Run.Value], said => Assert.Contains(said, text, StringComparison.Ordinal));
        Assert.Equal("0", page.Descendants("dt").First(name => name.Value == "faults seen").Parent!.Element("dd")!.Value);
        Assert.Equal(run.Spec.TestCount, page.Descendants("td").Where(cell => cell.Attribute("class")?.Value is "hit" or "miss").Sum(cell => int.Parse(cell.Value)));
        Assert.Equal(48, page.Descendants("img").Count());
    }

    [Fact]
    [Trait("Group", "Long")]
    public void Page_of_a_run_on_a_table_has_the_models_answers()
    {
        var (page, run) = Report(Job.HoursPoints, workers: 3);
        var table = page.Descendants("section").Single(section => section.Element("h2")!.Value == "Predictions");
        Assert.Equal(["1", "2", "3"], table.Descendants("tbody").Elements("tr").Select(row => row.Elements("td").First().Value));
        Assert.Contains(run.Summary.ParametersSha256, page.Root!.Value, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Group", "Long")]
    public void Page_of_a_run_that_was_killed_says_how_far_it_came_and_asks_its_newest_checkpoint()
    {
        LeftBehind.Copy(data.KilledAt(190, Job.LongMlp, output), _cluster.Directory);
        var page = MakePage();
        Assert.Contains("unfinished, it has written no summary", page.Root!.Value, StringComparison.Ordinal);
        Assert.Contains("By the newest checkpoint, of update 150: the run has left no model yet.", page.Root.Value, StringComparison.Ordinal);
        Assert.Equal($"{LeftBehind.Steps(_cluster.Directory)}", page.Descendants("dt").Single(name => name.Value == "steps").Parent!.Element("dd")!.Value);
    }

    [Fact]
    public void Directory_without_a_run_is_one_line()
    {
        var report = _cluster.Start("report", BuiltPrograms.Launcher, ["report", _cluster.Home]);
        _cluster.Expect(report, UserErrorException.Usage);
        OneLine.Of(report, "holds no run");
    }

    [Fact]
    public void Data_show_writes_a_picture_of_nine_images_and_says_a_batchs_shapes()
    {
        var file = Path.Combine(_cluster.Home, "nine.png");
        var show = _cluster.Start("show", BuiltPrograms.Launcher, ["data", "show", "fashion-mnist", "--to", file, "--seed", "3", "--data", data.Root]);
        _cluster.Expect(show, 0);
        var picture = ImageFile.Read(file);
        Assert.Equal((484, 556), (picture.Width, picture.Height));
        Assert.Contains("[64, 1, 28, 28]", show.Output, StringComparison.Ordinal);
        Assert.Contains("[64],", show.Output, StringComparison.Ordinal);
        Assert.Contains("@", show.Output, StringComparison.Ordinal);
    }

    private (XDocument Page, FinishedRun Run) Report(Job job, int workers)
    {
        LeftBehind.Copy(data.Undisturbed(job, workers, output).Directory, _cluster.Directory);
        return (MakePage(), new FinishedRun(_cluster.Directory));
    }

    /// <summary>Makes the page of the run in the cluster's directory, and requires what is required of every page.</summary>
    private XDocument MakePage()
    {
        _cluster.Expect(_cluster.Start("report", BuiltPrograms.Launcher, ["report", _cluster.Directory.Root, "--data", data.Root]), 0);
        var html = File.ReadAllText(_cluster.Directory.Report);
        Assert.InRange(html.Length, 10_000, 2_000_000);
        // The name of SVG's namespace is no address that anything asks.
        Assert.Empty(References().Matches(html.Replace("xmlns=\"http://www.w3.org/2000/svg\"", "", StringComparison.Ordinal)));
        return XDocument.Parse(html);
    }

    [GeneratedRegex("""https?:|<script|<link|@import|url\(|src="(?!data:)|href=""", RegexOptions.IgnoreCase)]
    private static partial Regex References();
}
