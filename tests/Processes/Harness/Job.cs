namespace MiniBatch.Processes.Harness;

/// <summary>What to train: a workload with the flags that make a run of it short.</summary>
/// <param name="Workload">Name in the catalogue.</param>
/// <param name="Flags">As typed.</param>
internal sealed record Job(string Workload, string Flags)
{
    /// <summary>80 steps on the first 2,000 digits: a second of training.</summary>
    public static Job Softmax(string flags = "", int seed = 11) =>
        new("mnist-softmax", $"--epochs 2 --limit-train 2000 --limit-test 1500 --batch 50 --seed {seed} {flags}");

    /// <summary>The slides' 1,001 steps of three samples.</summary>
    public static Job HoursPoints { get; } = new("hours-points", "");

    /// <summary>20 steps of convolutions.</summary>
    public static Job Cnn { get; } = new("mnist-cnn", "--epochs 1 --limit-train 600 --limit-test 1100 --batch 30 --seed 12");

    /// <summary>30 steps of convolutions, or of gradient descent three.</summary>
    public static Job ShortCnn(string optimizer, string flags) =>
        new("mnist-cnn", $"--epochs 3 --limit-train 240 --limit-test 500 --seed 19 --optimizer {optimizer} {(optimizer == "gd" ? "" : "--batch 24")} {flags}");

    /// <summary>40 steps on clothes; batch and test samples that nothing divides.</summary>
    public static Job Fashion { get; } =
        new("fashion-softmax", "--epochs 2 --limit-train 1000 --limit-test 1001 --batch 49 --slots 3 --seed 13");

    /// <summary>40 steps with batch normalisation and dropout, six slots.</summary>
    public static Job Mlp { get; } =
        new("mnist-mlp", "--epochs 2 --limit-train 1200 --limit-test 1100 --batch 60 --slots 6 --seed 16");

    /// <summary>20 steps with batch normalisation of channels and a one-cycle rate, two slots.</summary>
    public static Job Fast { get; } = new("mnist-fast", "--limit-train 1280 --limit-test 1100 --seed 21");

    /// <summary>20 steps of any model with any optimizer, in four slots.</summary>
    public static Job Any(string workload, string optimizer) =>
        new(workload, $"--epochs 2 --limit-train 640 --limit-test 1100 --batch 64 --seed 18 --optimizer {optimizer}");

    /// <summary>2,000 steps of 10 samples: long enough for something to go wrong in the middle.</summary>
    public static Job Long(string flags = "") =>
        new("mnist-softmax", $"--epochs 2 --limit-train 10000 --limit-test 1000 --batch 10 --seed 14 {flags}");

    /// <summary>300 steps of convolutions: long enough for a process to be started while it runs.</summary>
    public static Job LongCnn { get; } =
        new("mnist-cnn", "--epochs 2 --limit-train 6000 --limit-test 1000 --batch 40 --seed 20");

    /// <summary>750 steps of convolutions: long enough for one process after another to be replaced.</summary>
    public static Job LongerCnn { get; } =
        new("mnist-cnn", "--epochs 5 --limit-train 6000 --limit-test 1000 --batch 40 --seed 20");

    /// <summary>300 steps of a perceptron, 150 an epoch: long enough for a coordinator to be killed between two checkpoints.</summary>
    public static Job LongMlp { get; } =
        new("mnist-mlp", "--epochs 2 --limit-train 30000 --limit-test 1000 --batch 200 --seed 17");

    public IEnumerable<string> Arguments => [Workload, .. Flags.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
}
