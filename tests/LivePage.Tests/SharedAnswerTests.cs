using System.Net;
using MiniBatch.LivePage.Live;

namespace MiniBatch.LivePage.Tests;

/// <summary>What pages cost the processes that train, however many ask, and how often.</summary>
public sealed class SharedAnswerTests : IDisposable
{
    private const int Askers = 20;

    private readonly ServedPage _page = new();

    public void Dispose() => _page.Dispose();

    [Fact]
    public async Task Of_a_version_there_is_one_question_whoever_asks()
    {
        Show(7);
        Assert.All(await Task.WhenAll(Enumerable.Range(0, Askers).Select(_ => Weights())), text => Assert.Contains("\"version\":7,", text));
        Assert.Contains("\"version\":7,", await Weights());
        Assert.Equal(1, _page.Live.Questions);

        Show(8);
        Assert.Contains("\"version\":8,", await Weights());
        Assert.Contains("\"version\":8,", await Weights());
        Assert.Equal(2, _page.Live.Questions);
    }

    /// <summary>As for who asks a coordinator's page without watching its run.</summary>
    [Fact]
    public async Task Where_the_version_is_not_known_questions_are_asked_one_at_a_time_and_shared()
    {
        _page.Live.Takes = TimeSpan.FromMilliseconds(20);
        Assert.All(await Task.WhenAll(Enumerable.Range(0, Askers).Select(_ => Weights())), text => Assert.Contains("\"version\":7,", text));
        Assert.InRange(_page.Live.Questions, 1, Askers / 4);
        Assert.Equal(1, _page.Live.QuestionsAtOnce);
    }

    [Fact]
    public async Task Who_asks_is_told_nothing_that_was_asked_before()
    {
        Assert.Contains("\"version\":7,", await Weights());
        _page.Live.Version = 8;
        Assert.Contains("\"version\":8,", await Weights());
    }

    [Fact]
    public async Task What_has_no_answer_is_told_at_once()
    {
        // Of pictures there is no plane, and nobody is asked.
        for (var i = 0; i < Askers; i++) Assert.Equal("null", (await _page.Ask("GET", $"/api/boundary?token={_page.Token}")).Text);
        Assert.Equal(0, _page.Live.Questions);
    }

    [Fact]
    public async Task Pictures_are_predicted_one_at_a_time()
    {
        _page.Live.Takes = TimeSpan.FromMilliseconds(20);
        var answers = await Task.WhenAll(Enumerable.Range(0, Askers).Select(_ => _page.Ask("POST", "/api/predict", new byte[784], _page.Token, type: "application/octet-stream")));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        Assert.Equal((Askers, 1), (_page.Live.Questions, _page.Live.QuestionsAtOnce));
    }

    private async Task<string> Weights() => (await _page.Ask("GET", $"/api/weights?token={_page.Token}")).Text;

    private void Show(long version)
    {
        _page.Live.Version = version;
        _page.Live.Show(new ExchangeView(version, "", null, false, 0, [], [], null));
    }
}
