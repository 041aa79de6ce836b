namespace MiniBatch.Shared.Runs;

/// <summary>
/// How arithmetics are told apart: by the SHA-256 of the gradient of the run's probe slot (epoch 1, step 0, slot 0, from the
/// initial parameters). Two workers of one hash compute the same bits, as far as this model exercises their kernels.
/// </summary>
public static class Arithmetic
{
    /// <summary>
    /// In the hash's place where a worker computes the probe slot twice and gets different bits, as a GPU may whose kernels add
    /// in any order. The law does not hold for such a run; workers that do repeat are of another arithmetic.
    /// </summary>
    public const string Unrepeatable = "unrepeatable";

    /// <summary>The arithmetic of a worker that computed the probe twice.</summary>
    public static string OfProbes(string first, string second) => first == second ? first : Unrepeatable;
}
