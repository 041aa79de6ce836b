using System.Text.RegularExpressions;

namespace MiniBatch.Launcher.Tests;

/// <summary>The time of day can be set back by an hour; what measures a duration asks a clock that only goes on.</summary>
public sealed partial class ClockTests
{
    /// <summary>Dates are meant: how long a certificate is valid, how old a file is, when a point of a curve was made.</summary>
    private static readonly string[] OfDates =
        ["src/Coordinator/TensorBoard/TensorBoardWriter.cs", "src/Shared/Datasets/DatasetFetcher.cs", "src/Shared/Tls/NodeCertificates.cs"];

    [Fact]
    public void Nothing_but_dates_is_reckoned_by_the_time_of_day()
    {
        var reckoned = new[] { "src", "tests" }.SelectMany(part => Directory.GetFiles(Path.Combine(DocsTests.Root, part), "*.cs", SearchOption.AllDirectories))
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && Reckoning().IsMatch(File.ReadAllText(file)))
            .Select(file => Path.GetRelativePath(DocsTests.Root, file));

        Assert.Equal(OfDates, reckoned.Order(StringComparer.Ordinal));
    }

    /// <summary>The time of day, added to, subtracted or compared.</summary>
    [GeneratedRegex(@"((DateTime|DateTimeOffset)\.(Utc)?Now|GetUtcNow\(\))\)?\s+([-+<>]|[<>]=)\s|\s([-+<>]|[<>]=)\s+(DateTime|DateTimeOffset)\.(Utc)?Now")]
    private static partial Regex Reckoning();
}
