namespace MiniBatch.Shared.Runs;

/// <summary>
/// What a worker makes of a run before its first step. Two workers of the same arithmetic compute the same bits, as far as this
/// model exercises their kernels.
/// </summary>
/// <param name="InitialSha256">SHA-256 of version 0, parameters and buffers, as the worker initialises it from the run's seed.</param>
/// <param name="ProbeSha256">SHA-256 of the gradient of the run's probe slot (epoch 1, step 0, slot 0, from the initial parameters);
/// or <see cref="Unrepeatable"/>.</param>
public sealed record Arithmetic(string InitialSha256, string ProbeSha256)
{
    /// <summary>
    /// In the probe hash's place where a worker computes the probe slot twice and gets different bits, as a GPU may whose kernels
    /// add in any order. The law does not hold for such a run; workers that do repeat are of another arithmetic.
    /// </summary>
    public const string Unrepeatable = "unrepeatable";

    /// <summary>The probe of a worker that computed it twice.</summary>
    public static string OfProbes(string first, string second) => first == second ? first : Unrepeatable;

    /// <summary>Version 0 of a worker that initialised it twice, on the CPU.</summary>
    /// <exception cref="UserErrorException">They differ: it must not publish either.</exception>
    public static string OfInitialisations(string first, string second) => first == second
        ? first
        : throw new UserErrorException(
            $"initialising the model twice from the seed gave two versions 0 ({Short(first)} and {Short(second)}): something else in this process draws"
            + " from torch's generator, or this machine computes wrongly");

    /// <summary>The beginning of a hash, for people.</summary>
    public static string Short(string sha256) => sha256.Length <= ShortLength ? sha256 : $"{sha256[..ShortLength]}…";

    private const int ShortLength = 12;
}
