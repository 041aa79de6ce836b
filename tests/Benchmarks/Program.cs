using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Running;
using MiniBatch.Benchmarks;

// In this process: a project that BenchmarkDotNet generates would take our build's settings, and link libtorch.
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly)
    .Run(["--inProcess", .. args], DefaultConfig.Instance.AddColumn(new CopyShareColumn()));
