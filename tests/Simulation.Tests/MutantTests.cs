using Xunit.Abstractions;

namespace MiniBatch.Simulation.Tests;

/// <summary>The simulation finds what is planted.</summary>
public sealed class MutantTests(ITestOutputHelper output)
{
    private const int SeedsMax = 1000;

    public static TheoryData<int> Numbers => [.. Enumerable.Range(0, Mutants.All.Count)];

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Mutant_is_found_within_1000_seeds(int number)
    {
        var mutant = Mutants.All[number];
        var found = new MutantContext(mutant).FirstViolation(1, SeedsMax);
        output.WriteLine($"{mutant.Name}: seed {found}");
        Assert.True(found is not null, $"no seed up to {SeedsMax} finds that {mutant.Name}");
    }

    [Fact]
    public void Seed_that_finds_a_mutant_tells_the_same_story_each_time()
    {
        var context = new MutantContext(Mutants.All[0]);
        var found = context.FirstViolation(1, SeedsMax)!;
        var seed = ulong.Parse(found.Split(':')[0], System.Globalization.CultureInfo.InvariantCulture);
        var story = context.Story(seed);
        Assert.Contains("VIOLATION: ", story[^1]);
        Assert.Contains(story, line => line.Contains("FAULT"));
        Assert.Equal(story, context.Story(seed));
    }
}
