using System.Net;

namespace MiniBatch.LivePage.Tests;

/// <summary>What the page answers of a picture, with what the model says of it.</summary>
public sealed class PredictionTests : IDisposable
{
    private readonly ServedPage _page = new();

    public void Dispose() => _page.Dispose();

    [Fact]
    public async Task Picture_has_a_probability_of_each_class()
    {
        var (status, text, _) = await Predict();
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("0.99889", text);   // e⁹ / (e⁹ + 9), of class 3
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public async Task Answer_that_is_no_number_is_a_line_and_no_class(float says)
    {
        _page.Live.Says = says;
        var (status, text, _) = await Predict();
        Assert.Equal((HttpStatusCode.BadRequest, "the model's answer is no number: its training exploded, and it predicts nothing\n"), (status, text));
    }

    private Task<(HttpStatusCode Status, string Text, HttpResponseMessage Response)> Predict() =>
        _page.Ask("POST", "/api/predict", new byte[784], _page.Token, type: "application/octet-stream");
}
