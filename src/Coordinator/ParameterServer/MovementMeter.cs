using MiniBatch.Shared.Numerics;

namespace MiniBatch.Coordinator.ParameterServer;

/// <summary>
/// How far an update moved the parameters, measured when somebody asks for it: a copy of them before, so not at every step. Pure; owned
/// by the exchange thread.
/// </summary>
public sealed class MovementMeter
{
    private float[] _before = [];
    private bool _isWanted;

    /// <summary>The last that was measured; null before the first.</summary>
    public MeasuredMovement? Last { get; private set; }

    /// <summary>Has the next update measured.</summary>
    public void MeasureNext() => _isWanted = true;

    /// <summary>An update is about to be applied.</summary>
    /// <param name="parameters">float32[parameterCount].</param>
    public void Before(ReadOnlySpan<float> parameters)
    {
        if (!_isWanted) return;
        if (_before.Length != parameters.Length) _before = new float[parameters.Length];
        parameters.CopyTo(_before);
    }

    /// <summary>It was applied.</summary>
    /// <param name="parameters">float32[parameterCount].</param>
    /// <param name="version">That it made.</param>
    public void After(ReadOnlySpan<float> parameters, long version)
    {
        if (!_isWanted) return;
        _isWanted = false;
        for (var i = 0; i < parameters.Length; i++) _before[i] = parameters[i] - _before[i];
        Last = new MeasuredMovement(version, Math.Sqrt(GradientNorm.Squared(_before)));
    }
}

/// <summary>How far one update moved the parameters.</summary>
/// <param name="Version">That it made.</param>
/// <param name="Norm">Euclidean norm of the difference to the version before.</param>
public readonly record struct MeasuredMovement(long Version, double Norm);
