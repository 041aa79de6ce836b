using System.Collections.Concurrent;
using System.Globalization;

namespace MiniBatch.Simulation.Tests;

/// <summary>After how many seeds each mutant was found: a table beside the tests' assembly.</summary>
public sealed class MutantReport : IDisposable
{
    private readonly ConcurrentDictionary<string, string> _found = [];

    public void Add(Mutant mutant, string found)
    {
        var (seed, by) = (found[..found.IndexOf(':')], found[(found.IndexOf(':') + 2)..]);
        _found[mutant.Name] = $"| {mutant.Name} | {seed} | {by[..Math.Min(by.Length, 150)].ReplaceLineEndings(" ")} |";
    }

    public void Dispose() => File.WriteAllLines(
        Path.Combine(AppContext.BaseDirectory, "mutants.md"),
        ["| mutant | seeds | found by |", "|---|---|---|", .. Mutants.All.Select(mutant => _found.GetValueOrDefault(mutant.Name)).OfType<string>()]);
}

/// <summary>The simulation finds what is planted.</summary>
public sealed class MutantTests(MutantReport report) : IClassFixture<MutantReport>
{
    private const int SeedsMax = 1000;

    public static TheoryData<int> Numbers => [.. Enumerable.Range(0, Mutants.All.Count)];

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Mutant_is_found_within_1000_seeds(int number)
    {
        var mutant = Mutants.All[number];
        var found = new MutantContext(mutant).FirstViolation(1, SeedsMax);
        Assert.True(found is not null, $"no seed up to {SeedsMax} finds that {mutant.Name}");
        report.Add(mutant, found);
    }

    /// <summary>That it is the edits that are found, and not that their projects were compiled once more.</summary>
    [Fact]
    public void Source_that_is_compiled_without_an_edit_breaks_nothing()
    {
        foreach (var mutant in Mutants.All.DistinctBy(one => one.File.Split('/')[0]))
            Assert.Null(new MutantContext(mutant with { Broken = mutant.Text }).FirstViolation(1, 200));
    }

    [Fact]
    public void Seed_that_finds_a_mutant_tells_the_same_story_each_time()
    {
        var context = new MutantContext(Mutants.All[0]);
        var found = context.FirstViolation(1, SeedsMax)!;
        var seed = ulong.Parse(found.Split(':')[0], CultureInfo.InvariantCulture);
        var story = context.Story(seed);
        Assert.Contains("VIOLATION: ", story[^1]);
        Assert.Contains(story, line => line.Contains("FAULT"));
        Assert.Equal(story, context.Story(seed));
    }
}
