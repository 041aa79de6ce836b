using MiniBatch.Shared.DataPlane;
using MiniBatch.Shared.Weights;

namespace MiniBatch.Coordinator.ParameterServer;

/// <summary>A version, copied.</summary>
/// <param name="Layout">How the floats lie.</param>
/// <param name="Version">Steps applied.</param>
/// <param name="Values">float32[layout.TotalCount].</param>
/// <param name="OptimizerState">Name and float32s of each thing the optimizer remembers.</param>
/// <param name="Counters">What the exchange counted.</param>
public sealed record ModelSnapshot(
    ModelLayout Layout, long Version, float[] Values, IReadOnlyList<(string Name, float[] Values)> OptimizerState,
    ExchangeCounters Counters)
{
    /// <summary>Parameters, then buffers, each by its name.</summary>
    /// <param name="prefix">Put before every name.</param>
    public IEnumerable<NamedTensor> Tensors(string prefix = "") => CheckpointTensors.Named(Layout, Values, prefix);

    /// <summary>SHA-256 of the flat float32 parameters, lower-case hex.</summary>
    public string ParametersSha256() => ParameterHash.Sha256OfFloats(Values.AsSpan(0, Layout.ParameterCount));

    /// <summary>SHA-256 of parameters, buffers and what the optimizer remembers, in this order, lower-case hex.</summary>
    public string StateSha256() => ParameterHash.Sha256OfState(Values, OptimizerState.Select(state => state.Values));
}
