using MiniBatch.Lessons.Course;

namespace MiniBatch.Lessons;

/// <summary>The lessons there are. A new one is a file in Course, and a line here.</summary>
public static class LessonCatalog
{
    /// <summary>In the course's order.</summary>
    public static IReadOnlyList<ILesson> All { get; } =
    [
        new Autograd(),
        new Backpropagation(),
        new SigmoidLayer(),
        new XorByHand(),
        new Activations(),
        new VanishingGradients(),
        new Losses(),
        new CrossEntropy(),
        new Optimizers(),
        new LearningRate(),
        new Momentum(),
        new WeightDecay(),
        new Batches(),
        new Convolution(),
        new Pooling(),
        new Tensors(),
    ];
}
