using System.Text.Json;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Shared.Tests.Runs;

public class UpdateModeTests
{
    [Theory]
    [InlineData("sync", true, 0, 4, 1)]
    [InlineData("async", false, int.MaxValue, int.MaxValue, 4)]
    [InlineData("bounded:0", false, 0, 4, 4)]
    [InlineData("bounded:2", false, 2, 12, 4)]
    public void Mode_is_what_its_text_says_and_travels_as_that(string text, bool synchronous, int behind, int parallel, int updates)
    {
        Assert.True(UpdateMode.TryParse(text, out var mode));
        Assert.Equal((synchronous, behind, parallel, updates), (mode.IsSynchronous, mode.StepsBehindMax, mode.ParallelSlotsMax(4), mode.UpdatesPerStep(4)));
        Assert.Equal($"\"{text}\"", JsonSerializer.Serialize(mode, Json.Compact));
        Assert.Equal(mode, JsonSerializer.Deserialize<UpdateMode>($"\"{text}\"", Json.Compact));
    }

    [Theory]
    [InlineData("")]
    [InlineData("bounded")]
    [InlineData("bounded:")]
    [InlineData("bounded:-1")]
    [InlineData("bounded:1.5")]
    [InlineData("Async")]
    [InlineData(null)]
    public void Other_texts_are_no_mode(string? text)
    {
        Assert.False(UpdateMode.TryParse(text, out _));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<UpdateMode>(JsonSerializer.Serialize(text), Json.Compact));
    }
}
