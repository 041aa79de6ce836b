using System.Net;
using MiniBatch.Launcher.LocalRun;
using MiniBatch.Launcher.Watching;
using MiniBatch.LivePage.Live;
using MiniBatch.Shared.Weights;

namespace MiniBatch.LivePage.Tests;

/// <summary>What can be asked of a run that is over: the model that it left, which a process of its own puts samples through.</summary>
public sealed class FinishedModelTests : IDisposable
{
    private readonly ServedPage _page;
    private readonly LinkToCoordinator _link = new();
    private RunAndModel? _run;
    private bool _isOver = true;

    public FinishedModelTests() => _page = new ServedPage(live: directory => _run = new RunAndModel(_link, BuiltPrograms.Find(WatchedTraining.Programs), directory, () => _isOver));

    [Fact]
    public async Task A_picture_is_predicted_by_the_model_that_the_run_left()
    {
        WriteModel("mnist-softmax");
        for (var tries = 0; ; tries++)
        {
            // On a busy machine libtorch takes longer to load than an answer may; whoever asks asks again, as the page does.
            var (status, text, _) = await _page.Ask("POST", "/api/predict", new byte[784], _page.Token, type: "application/octet-stream");
            Assert.Equal(HttpStatusCode.OK, status);
            if (text == "null" && tries < 20) continue;
            Assert.Contains("\"version\":1200", text);
            Assert.Contains("\"worker\":null", text);
            Assert.Contains("0.99889", text);   // e⁹ / (e⁹ + 9), of class 3
            return;
        }
    }

    [Fact]
    public async Task While_the_run_goes_on_no_older_model_answers_for_it()
    {
        WriteModel("mnist-softmax");
        _isOver = false;
        Assert.Equal("null", (await _page.Ask("POST", "/api/predict", new byte[784], _page.Token, type: "application/octet-stream")).Text);
    }

    [Fact]
    public async Task Without_a_model_or_with_another_workloads_there_is_no_answer()
    {
        Assert.Equal("null", (await _page.Ask("POST", "/api/predict", new byte[784], _page.Token, type: "application/octet-stream")).Text);
        WriteModel("fashion-softmax");
        Assert.Equal("null", (await _page.Ask("POST", "/api/predict", new byte[784], _page.Token, type: "application/octet-stream")).Text);
    }

    public void Dispose()
    {
        _page.Dispose();
        _run?.Dispose();
        _link.Dispose();
    }

    /// <summary>Of all pictures it says that they are a 3: no weights, and a bias.</summary>
    private void WriteModel(string workload)
    {
        Shared.Runs.RunDirectory.WriteJson(_page.Run.Spec, ServedPage.Spec);
        ModelFile.Write(
            _page.Run.Model,
            [
                NamedTensor.OfFloats("linear.weight", [10, 784], new float[7840]),
                NamedTensor.OfFloats("linear.bias", [10], [0, 0, 0, 9, 0, 0, 0, 0, 0, 0]),
            ],
            new ModelOrigin(workload, "test", 1200));
    }
}
