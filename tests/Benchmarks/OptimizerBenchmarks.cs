using BenchmarkDotNet.Attributes;
using MiniBatch.Shared.Numerics.Optimizers;

namespace MiniBatch.Benchmarks;

/// <summary>One update: reads parameters, gradient and the optimizer's state, writes parameters and state.</summary>
[MemoryDiagnoser]
public class OptimizerBenchmarks
{
    private float[] _parameters = [];
    private float[] _gradient = [];
    private OptimizerSettings _settings = OptimizerSettings.Default(OptimizerKind.Sgd);
    private Optimizer _optimizer = OptimizerFactory.Create(OptimizerSettings.Default(OptimizerKind.Sgd), 0);
    private PlainCopy _copy = new(0);
    private long _step;

    /// <summary>The rule; gradient descent's is that of sgd.</summary>
    [Params(
        OptimizerKind.Sgd, OptimizerKind.Momentum, OptimizerKind.Nesterov, OptimizerKind.AdaGrad, OptimizerKind.RmsProp, OptimizerKind.Adam,
        OptimizerKind.AdamW)]
    public OptimizerKind Rule { get; set; }

    /// <summary>float32s of the model.</summary>
    [Params(7_850, 50_000, 1_000_000, 25_000_000)]
    public int Parameters { get; set; }

    /// <summary>Makes parameters, gradient and state.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        _settings = OptimizerSettings.Default(Rule);
        _optimizer = OptimizerFactory.Create(_settings, Parameters);
        _parameters = Values.Floats(Parameters);
        _gradient = Values.Floats(Parameters);
        // Read: parameters, gradient, state. Written: parameters, state.
        _copy = new PlainCopy((3L + (2 * _optimizer.State.Count)) * Parameters * sizeof(float));
        _step = 0;
    }

    /// <summary>As many bytes, copied.</summary>
    [Benchmark(Baseline = true)]
    public void Copy() => _copy.Run();

    /// <summary>The update of a step.</summary>
    [Benchmark]
    public void Update() => _optimizer.Apply(_parameters, _gradient, _settings.LearningRate, ++_step);
}
