using MiniBatch.Lessons.Page;

namespace MiniBatch.Lessons;

/// <summary>
/// One worked example of the course that is no training run. A lesson reads like its slide: formula, the code that computes it, the
/// number, and the number that it should be.
/// </summary>
public interface ILesson
{
    /// <summary>As a user types it: "autograd".</summary>
    string Name { get; }

    /// <summary>What it shows, in half a line.</summary>
    string Summary { get; }

    /// <summary>Computes everything that it claims, on the page. Its tensors are the caller's scope's.</summary>
    void Teach(LessonPage page);
}
