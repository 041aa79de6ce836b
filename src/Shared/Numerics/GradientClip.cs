using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;

namespace MiniBatch.Shared.Numerics;

/// <summary>What of a gradient is limited.</summary>
public enum ClipKind
{
    /// <summary>Its Euclidean norm: it keeps its direction.</summary>
    Norm,

    /// <summary>Each of its values by itself.</summary>
    Value,
}

/// <summary>How the gradient of a step is clipped; part of a RunSpec.</summary>
/// <param name="By">What is limited.</param>
/// <param name="Limit">Finite and above 0.</param>
public sealed record ClipSettings(ClipKind By, double Limit)
{
    /// <summary>"norm 5".</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{By.ToString().ToLowerInvariant()} {Limit}");
}

/// <summary>Limits a gradient before it is applied, so that one odd batch can't throw the parameters away.</summary>
/// <remarks>Source: Pascanu, Mikolov and Bengio, ICML 2013; <c>torch.nn.utils.clip_grad_norm_</c> and
/// <c>clip_grad_value_</c>.</remarks>
public static class GradientClip
{
    /// <summary>Clips in place.</summary>
    /// <param name="gradient">float32[parameterCount], finite, of the whole batch.</param>
    /// <param name="norm">Its Euclidean norm.</param>
    /// <param name="settings">How; null for not at all.</param>
    /// <returns>Whether it was over the limit.</returns>
    public static bool Apply(Span<float> gradient, double norm, ClipSettings? settings) => settings switch
    {
        null => false,
        { By: ClipKind.Norm } => ByNorm(gradient, norm, settings.Limit),
        _ => ByValue(gradient, (float)settings.Limit),
    };

    /// <summary>By what a gradient of this norm is multiplied, if that is less than 1. PyTorch adds 10⁻⁶ to the norm, and so do
    /// we.</summary>
    public static double FactorOf(double norm, double limit) => limit / (norm + 1e-6);

    private static bool ByNorm(Span<float> gradient, double norm, double limit)
    {
        var factor = FactorOf(norm, limit);
        if (factor >= 1) return false;
        var scale = (float)factor;
        var g = MemoryMarshal.Cast<float, Vector<float>>(gradient);
        for (var i = 0; i < g.Length; i++)
            g[i] *= scale;
        for (var i = g.Length * Vector<float>.Count; i < gradient.Length; i++)
            gradient[i] *= scale;
        return true;
    }

    private static bool ByValue(Span<float> gradient, float limit)
    {
        var g = MemoryMarshal.Cast<float, Vector<float>>(gradient);
        var most = new Vector<float>(limit);
        var over = Vector<int>.Zero;
        for (var i = 0; i < g.Length; i++)
        {
            over |= Vector.GreaterThan(Vector.Abs(g[i]), most);
            g[i] = Vector.Min(Vector.Max(g[i], -most), most);
        }

        var clipped = over != Vector<int>.Zero;
        for (var i = g.Length * Vector<float>.Count; i < gradient.Length; i++)
        {
            clipped |= MathF.Abs(gradient[i]) > limit;
            gradient[i] = Math.Clamp(gradient[i], -limit, limit);
        }
        return clipped;
    }
}
