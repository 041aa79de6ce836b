using MiniBatch.Launcher.Labs;

namespace MiniBatch.Launcher.Tests.Labs;

public sealed class LoadAverageTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Theory]
    [InlineData("0.52 0.58 0.59 2/612 12345\n", 0.52)]
    [InlineData("15.29 16.18 12.37 9/800 1\n", 15.29)]
    [InlineData("", null)]
    public void Load_of_the_last_minute_is_the_first_number(string said, double? load)
    {
        File.WriteAllText(_file, said);
        Assert.Equal(load, LoadAverage.OfLastMinute(_file));
    }

    [Fact]
    public void Load_is_unknown_where_the_kernel_does_not_say() => Assert.Null(LoadAverage.OfLastMinute(_file + ".none"));
}
