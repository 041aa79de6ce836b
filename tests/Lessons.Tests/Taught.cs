using System.Runtime.CompilerServices;
using MiniBatch.Lessons.Page;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Runs;

// Standard output and libtorch's generator belong to the process: one test at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace MiniBatch.Lessons.Tests;

/// <summary>Lessons by name, and what they taught.</summary>
internal static class Taught
{
    /// <summary>As the program does it: before anything loads libtorch.</summary>
    [ModuleInitializer]
    internal static void Pin() => KernelPins.Apply(Processor.CapabilityHere);

    public static ILesson Lesson(string name) => LessonCatalog.All.Single(lesson => lesson.Name == name);

    public static LessonPage Page(string lesson) => LessonCommand.Run(Lesson(lesson));

    /// <summary>What a lesson computed with code that has <paramref name="code"/> in it, the first such unless said otherwise.</summary>
    public static double[] Result(string lesson, string code, int occurrence = 0) =>
        [.. Page(lesson).Checks.Where(check => check.Source.Contains(code, StringComparison.Ordinal)).ElementAt(occurrence).Result.Values];

    public static void Near(double[] expected, double[] actual, double within = 1e-6)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++) Assert.InRange(actual[i], expected[i] - within, expected[i] + within);
    }
}

/// <summary>A lesson of a test's own.</summary>
internal sealed class MadeUp(Action<LessonPage> teach) : ILesson
{
    public string Name => "made-up";

    public string Summary => "what a test wants";

    public void Teach(LessonPage page) => teach(page);
}
